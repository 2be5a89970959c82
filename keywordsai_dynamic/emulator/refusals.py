"""How the API refuses a request."""

from collections.abc import Mapping

NOT_FOUND = {"detail": "Not found."}
NOT_PERMITTED = {"detail": "You do not have permission to perform this action."}


class RefusedError(Exception):
    """Raised where the API refuses a request: `status` and `body` are its answer."""

    def __init__(self, status: int, body: Mapping[str, object]) -> None:
        super().__init__(f"{status}: {body}")
        self.status = status
        self.body = body
