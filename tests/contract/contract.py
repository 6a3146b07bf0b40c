"""Validates requests and answers against the OpenAPI description of Whisul's API."""

from pathlib import Path
from typing import Any

from openapi_core import OpenAPI
from openapi_core.testing import MockRequest, MockResponse

DESCRIPTION = Path(__file__).resolve().parents[2] / "docs" / "whisul-openapi.yaml"
HOST, BASE_PATH = "https://whisul.com", "/api"  # the server that the description names

openapi = OpenAPI.from_file_path(str(DESCRIPTION))
document: dict[str, Any] = openapi.spec.read_value()


def check_request(*, method: str, path: str, headers: dict[str, str], body: bytes | None) -> None:
    """Raise OpenAPIError unless the request, its path below `BASE_PATH`, is a documented one."""
    openapi.validate_request(_request(method, path, headers, body))


def check_answer(*, method: str, path: str, status: int, headers: dict[str, str], body: bytes) -> None:
    """Raise OpenAPIError unless this is a documented answer to such a request."""
    content_type = headers.get("Content-Type", "")
    answer = MockResponse(body, status, headers=headers, content_type=content_type)
    openapi.validate_response(_request(method, path, {}, None), answer)


def documented_errors() -> dict[str, set[int]]:
    """The statuses from 400 up, by operation."""
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    return {each["operationId"]: {int(s) for s in each["responses"] if int(s) >= 400} for each in operations}


def _request(method: str, path: str, headers: dict[str, str], body: bytes | None) -> MockRequest:
    content_type = headers.get("content-type", "")
    return MockRequest(HOST, method.lower(), path, headers=headers, data=body, content_type=content_type)
