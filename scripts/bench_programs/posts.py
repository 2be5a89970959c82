"""N bare POSTs on four threads over one keep-alive client: what writing N models costs by itself.

Prints CPU and wall seconds, the import of httpx included.
"""

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

started = time.monotonic()
cpu = time.process_time()

import httpx  # noqa: E402  (its import is part of what is measured)

MODELS = int(sys.argv[1])

with httpx.Client(
    headers={"Authorization": "Bearer " + os.environ["KEYWORDSAI_API_KEY"]},
    trust_env=False,  # what it asks is on loopback, whatever proxy the shell has
) as client:

    def post(number):
        body = {
            "model_name": f"acme/model-{number:03}",
            "base_model_name": "gpt-4o",
            "input_cost": 2.5,
            "output_cost": 10.0,
            "max_context_window": 128000,
            "function_call": 1,
        }
        url = os.environ["KEYWORDSAI_BASE_URL"] + "/api/models/"
        client.post(url, json=body).raise_for_status().json()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(post, range(MODELS)))

sys.stdout.write(f"{time.process_time() - cpu} {time.monotonic() - started}\n")
