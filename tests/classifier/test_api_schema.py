"""What the API says of itself: schema, documentation, labels, networks."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from jsonschema import Draft202012Validator
from rest_framework.test import APIClient

from classifier.models import ModelVersion
from ml.labels import LABELS, LONG_NAMES
from tests.classifier.addresses import addresses
from tests.classifier.test_api_upload import IMAGE_KEYS, PREDICTION_KEYS
from tests.factories import ModelVersionFactory


@pytest.fixture(scope="module")
def schema() -> Any:
    """As a client would generate its code from it; a warning is an error here."""
    out = io.StringIO()
    options = {"validate": True, "fail_on_warn": True, "format": "openapi-json"}
    call_command("spectacular", stdout=out, **options)
    return json.loads(out.getvalue())


def operations(schema: Any) -> list[tuple[str, str, Any]]:
    return [
        (path, method, operation)
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]


def test_what_is_committed_is_what_is_served() -> None:
    """`make schema` writes it anew."""
    out = io.StringIO()
    call_command("spectacular", stdout=out)
    assert (Path(settings.BASE_DIR) / "docs" / "openapi.yaml").read_text("utf-8") == out.getvalue()


def test_the_schema_knows_all_addresses_and_methods(schema: Any) -> None:
    described = {(re.sub(r"{[^}]+}", "{}", path), method) for path, method, _ in operations(schema)}
    assert schema["openapi"] == "3.1.0"
    assert described == {
        ("/" + re.sub(r"<[^>]+>", "{}", one.route), method)
        for one in addresses()
        if one.is_api and one.name not in ("api:schema", "api:docs")
        for method in one.offered() - {"head"}
    }


def test_every_operation_says_what_it_does_and_how_it_fails(schema: Any) -> None:
    for path, method, operation in operations(schema):
        answers, what = operation["responses"], (path, method)
        assert operation["description"], what
        assert "401" in answers, what
        assert ("403" in answers) == (method != "get"), what
        assert "404" in answers or "{" not in path, what
        assert ("400" in answers and "415" in answers) or "requestBody" not in operation, what
        for status, answer in answers.items():
            assert answer["description"] or status < "300", what
            if status >= "400":
                content = answer["content"]["application/json"]
                reference = "#/components/schemas/ErrorAnswer"
                assert content["schema"] == {"$ref": reference}, what
                assert content["examples"], what


def test_every_json_answer_has_an_example_that_fits(schema: Any) -> None:
    for path, method, operation in operations(schema):
        bodies = {"request": operation.get("requestBody", {}), **operation["responses"]}
        for status, body in bodies.items():
            content = body.get("content", {}).get("application/json")
            if content is None:
                continue
            assert content.get("examples"), (path, method, status)
            whole = {**content["schema"], "components": schema["components"]}
            for example in content["examples"].values():
                Draft202012Validator(whole).validate(example["value"])


def test_a_photograph_is_sent_as_a_file(schema: Any) -> None:
    body = schema["paths"]["/api/v1/predictions/"]["post"]["requestBody"]["content"]
    assert set(body) == {"multipart/form-data"}
    name = body["multipart/form-data"]["schema"]["$ref"].rpartition("/")[2]
    upload = schema["components"]["schemas"][name]
    assert upload["required"] == ["image"]
    assert upload["properties"]["image"]["format"] == "binary"


def test_the_schema_describes_what_is_answered(schema: Any) -> None:
    components = schema["components"]["schemas"]
    assert set(components["Prediction"]["properties"]) == PREDICTION_KEYS
    assert set(components["Image"]["properties"]) == IMAGE_KEYS
    assert list(components["Probabilities"]["properties"]) == list(LABELS)
    # Of what is withheld on the pages and given here.
    assert "mean nothing" in components["Prediction"]["description"]


def test_a_heatmap_is_a_picture_of_one_of_the_seven(schema: Any) -> None:
    heatmap = schema["paths"]["/api/v1/predictions/{id}/heatmap/"]["get"]
    label = next(one for one in heatmap["parameters"] if one["in"] == "query")
    assert (label["name"], label["schema"]["enum"]) == ("label", list(LABELS))
    assert not label.get("required")
    assert set(heatmap["responses"]["200"]["content"]) == {"image/png"}


def test_the_history_is_described_with_its_filters(schema: Any) -> None:
    parameters = schema["paths"]["/api/v1/predictions/"]["get"]["parameters"]
    assert {parameter["name"] for parameter in parameters} == {
        "status", "label", "body_site", "created_after", "created_before", "taken_after",
        "taken_before", "lesion", "image", "search", "ordering", "cursor",
    }  # fmt: skip


def test_the_schema_is_served(client: APIClient, db: None) -> None:
    answer = client.get("/api/v1/schema/")
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("application/vnd.oai.openapi")


def test_the_documentation_asks_no_other_host(client: APIClient, db: None) -> None:
    for path in ("/api/v1/docs/", "/api/v1/docs/?script="):
        answer = client.get(path)
        assert answer.status_code == 200
        hosts = re.findall(r"(?:https?:)?//([\w.-]+\.\w+)", answer.content.decode())
        assert set(hosts) <= {"testserver"}
    assert "/static/drf_spectacular_sidecar/" in client.get("/api/v1/docs/").content.decode()


def test_the_classes_are_the_seven_in_their_order(client: APIClient, db: None) -> None:
    classes = client.get("/api/v1/classes/").json()
    assert [entry["label"] for entry in classes] == list(LABELS)
    assert [entry["name"] for entry in classes] == list(LONG_NAMES.values())
    assert {entry["label"] for entry in classes if entry["malignant"]} == {"akiec", "bcc", "mel"}


def test_without_a_network_there_is_no_active_one(alice_api: APIClient) -> None:
    ModelVersionFactory()  # registered once, served no more
    answer = alice_api.get("/api/v1/models/active/")
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"


def test_the_networks_are_listed_with_their_cards_the_newest_first(alice_api: APIClient) -> None:
    ModelVersionFactory(version="1", sha256="1" * 64)
    ModelVersionFactory(version="2", sha256="2" * 64, active=True, card={"metrics": {"n": 3}})
    models = alice_api.get("/api/v1/models/").json()
    assert [model["version"] for model in models] == ["2", "1"]
    newest = ModelVersion.objects.get(version="2")
    assert models[0].pop("created_at")
    assert models[0] == {
        "name": newest.name,
        "version": "2",
        "sha256": "2" * 64,
        "active": True,
        "card": {"metrics": {"n": 3}},
    }
    assert alice_api.get("/api/v1/models/active/").json()["sha256"] == "2" * 64
