"""Reports for the page's tests: any number of changes, and texts that try to come alive."""

from decimal import Decimal

from review_documents import Fields, preview, step, update

from keywordsai_dynamic.review import Report, evaluate, parse_rule, review

LISTED = {
    "input_cost": Decimal("2.5"),
    "output_cost": Decimal(10),
    "cache_hit_input_cost": Decimal("1.25"),
    "cache_creation_input_cost": Decimal("3.1"),
}
LONG = "acme/" + "a-rather-long-name-" * 4
HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</style></title></svg><script>alert(1)</script>",
    '" onmouseover="alert(1)" x="',
    "' autofocus onfocus='alert(1)",
    "<!-- --><a href=javascript:alert(1)>x</a>",
    "]]><svg onload=alert(1)>",
    "&lt;b&gt; &#60;b&#62; <b>",
    "https://evil.example/ www.evil.example @everyone",
    "\u202egnp.evil\u2066 \x1b[31m \x00 \u2028",
    "<{%reset%}>",
    "שלום/مرحبا <b>",
)


def changed(number: int) -> Fields:
    """One of many models: updated, created or deleted, with four prices and two capabilities."""
    name = f"{LONG}{number}"
    old = {
        "base_model_name": "gpt-4o",
        "input_cost": 1 + number % 40 / 8,
        "output_cost": 4 + number % 31 / 4,
        "cache_hit_input_cost": 0.05 + number % 9 / 8,
        "cache_creation_input_cost": 3.1,
        "max_context_window": 128_000,
        "function_call": 0,
    }
    if number % 7 == 3:
        return step("delete", name, old=old)
    if number % 7 == 5:
        return step("create", name, new=old)
    return update(
        name,
        old,
        {
            **old,
            "input_cost": float(old["input_cost"]) * (0.5 if number % 3 else 1.25),
            "output_cost": float(old["output_cost"]) * 1.25,
            "cache_hit_input_cost": float(old["cache_hit_input_cost"]) * 1.5,
            "cache_creation_input_cost": 3.3,
            "max_context_window": 200_000,
            "function_call": 1,
        },
    )


def report_of(models: int) -> Report:
    """Report this many changed models with everything that a page shows, and one unchanged one."""
    tokens = {
        "input_tokens": 40_000_000,
        "output_tokens": 9_000_000,
        "cache_hit_input_tokens": 5_000_000,
        "cache_creation_input_tokens": 0,
    }
    usage = {
        f"{LONG}{number}": {kind: count * (1 + number % 13) for kind, count in tokens.items()}
        for number in range(models)
    }
    same = step("same", "acme/steady", {"input_cost": 1}, {"input_cost": 1})
    document = preview(*map(changed, range(models)), same)
    reviewed = review(
        document,
        stack="prod",
        usage={**usage, "acme/steady": {"input_tokens": 900_000_000}},
        list_price=lambda _: LISTED,
    )
    rules = [parse_rule(each) for each in ("increase>30%", "delete", "monthly>200")]
    return evaluate([reviewed], rules)


def hostile_report(text: str) -> Report:
    """Put a text wherever somebody else's words can stand."""
    moved = step("replace", "moved", {"input_cost": 1}, {"input_cost": 3, "display_name": text})
    moved["oldState"]["inputs"]["model_name"] = f"{text}-before"
    prices = ({"input_cost": 1}, {"input_cost": 2, "base_model_name": text, "display_name": text})
    said = [
        {"severity": "warning", "urn": update(text, {}, {})["urn"], "message": f"{text}\n{text}"},
        {"severity": "error", "message": f"{text}\n {text}"},
    ]
    document = preview(update(text, *prices), moved, update("m", *prices), diagnostics=said)
    gone = step("delete", f"{text}-outside", old={"input_cost": 1, "display_name": text})
    drift = {
        **preview(gone),
        "steps": [{"op": "refresh", "urn": document["steps"][0]["urn"]}, gone],
    }
    drift["changeSummary"] = {"refresh": 1, "delete": 1}
    usage = {
        text: {"input_tokens": 10**9},
        f"no such {text}": {"input_tokens": 1},
        "m": {"input_tokens": 10**6},
    }
    reviewed = review(document, stack=text, drift=drift, usage=usage, list_price=lambda _: LISTED)
    reviewed = reviewed.model_copy(update={"providers": (text,), "remarks": (text,)})
    rules = [parse_rule(each) for each in ("increase>30%", "monthly>1", "replace", "drift")]
    return evaluate([reviewed, reviewed], rules, usage_notes=(text,))
