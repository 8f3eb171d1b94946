"""The studio's server: whom it answers, what its answers carry, and what it says of pairs and training."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from podcast_dspy.optimizers import RunRecord
from podcast_dspy.settings import ModelRoles, TrainingConfig
from podcast_dspy.studio.server import LARGEST_UPLOAD, create_app
from podcast_dspy.testing import sample_trial
from podcast_dspy.workspace import Workspace
from tests.studio.conftest import HERE

MARKUP = ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "srcdoc")
OUTSIDE = ("/../pyproject.toml", "/%2e%2e/jobs.py", "/api/pairs/..%2f..%2fetc/audio", "/static/../server.py")
PAGES = Path(__file__).parents[2] / "podcast_dspy" / "studio" / "static"


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "10.0.0.7:8642", ""])
def test_only_this_machine_s_names_are_answered(client: TestClient, host: str) -> None:
    answer = client.get("/api/pairs", headers={"host": host})
    assert answer.status_code == 403
    assert "127.0.0.1" in answer.json()["error"]


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"origin": f"{HERE}0"},
    ],
)
def test_another_page_changes_nothing(
    client: TestClient, workspace: Workspace, headers: dict[str, str]
) -> None:
    assert client.delete("/api/pairs/wet-salt", headers=headers).status_code == 403
    assert [pair.pair_id for pair in workspace.pairs] == ["wet-salt"]


def test_its_own_page_may(client: TestClient, workspace: Workspace) -> None:
    own = {"origin": HERE, "sec-fetch-site": "same-origin"}
    assert client.delete("/api/pairs/wet-salt", headers=own).json() == {"removed": "wet-salt"}
    assert workspace.pairs == []


def test_what_is_too_large_is_refused_unread(client: TestClient) -> None:
    answer = client.post("/api/pairs", headers={"content-length": str(LARGEST_UPLOAD + 1)})
    assert answer.status_code == 413
    assert client.post("/api/pairs", content=iter([b"a", b"b"])).status_code == 411


def test_a_token_is_asked_of_everybody(workspace: Workspace) -> None:
    client = TestClient(create_app(workspace, token="a secret"), base_url="http://podcasts.example")
    assert client.get("/api/pairs").status_code == 401
    assert client.get("/", params={"token": "another"}).status_code == 401
    assert client.get("/api/pairs", headers={"authorization": "Bearer a secret"}).status_code == 200
    door = client.get("/", params={"token": "a secret"}, follow_redirects=False)
    assert (door.status_code, door.headers["location"]) == (303, "/")
    assert {"httponly", "samesite=strict"} <= {
        part.strip().lower() for part in door.headers["set-cookie"].split(";")
    }
    assert client.get("/api/pairs").status_code == 200, "the cookie has taken the place of the token"


def test_every_answer_keeps_foreign_scripts_out(client: TestClient) -> None:
    for path in ("/", "/studio.css", "/api/pairs", "/api/pairs/none", "/nowhere"):
        headers = client.get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'self'"), path
        assert headers["x-content-type-options"] == "nosniff"
    assert client.get("/api/pairs", headers={"host": "evil.example"}).headers["content-security-policy"]


def test_the_page_makes_elements_of_text_only() -> None:
    """What a paper or a profile says becomes text: nothing in the scripts turns a string into markup or code."""
    for script in PAGES.glob("*.js"):
        text = script.read_text("utf-8")
        for way in MARKUP:
            assert way not in text, f"{script.name} uses {way}"
    assert "http:" not in (PAGES / "index.html").read_text("utf-8")


@pytest.mark.parametrize("path", OUTSIDE)
def test_no_file_outside_is_served(client: TestClient, path: str) -> None:
    assert client.get(path).status_code in (404, 422)


def test_an_unknown_pair_is_one_sentence(client: TestClient) -> None:
    answer = client.get("/api/pairs/none")
    assert answer.status_code == 404
    assert "no training pair 'none'" in answer.json()["error"]


def test_labels_are_kept_and_a_second_page_is_told(client: TestClient, workspace: Workspace) -> None:
    before = client.get("/api/pairs/wet-salt").json()
    spans = [{"segment_type": "intro", "start_time": 0.0, "end_time": 11.0}]
    kept = client.put("/api/pairs/wet-salt/labels", json={"labels": spans, "version": before["version"]})
    assert kept.status_code == 200
    assert [span.segment_type for span in workspace.pair("wet-salt").labels] == ["intro"]
    late = client.put("/api/pairs/wet-salt/labels", json={"labels": [], "version": before["version"]})
    assert late.status_code == 409
    assert "changed elsewhere" in late.json()["error"]
    assert workspace.pair("wet-salt").labels, "the second page took nothing away"
    nonsense = [{"segment_type": "chorus", "start_time": 0.0, "end_time": 1.0}]
    refused = client.put(
        "/api/pairs/wet-salt/labels", json={"labels": nonsense, "version": kept.json()["version"]}
    )
    assert refused.status_code == 422
    assert "chorus" in refused.json()["error"]


def test_a_recording_outside_of_the_workspace_is_not_served(client: TestClient) -> None:
    assert client.get("/api/pairs/wet-salt").json()["has_recording"] is False
    answer = client.get("/api/pairs/wet-salt/audio")
    assert answer.status_code == 404
    assert "does not lie in the workspace" in answer.json()["error"]


def test_a_run_comes_with_its_curves_and_a_trial_by_its_name(
    client: TestClient, workspace: Workspace
) -> None:
    assert client.get("/api/training").json()["history"] is None
    record, config = RunRecord(workspace.tree), TrainingConfig(max_trials=2)
    record.begin(config, "0" * 16)
    for number in range(2):
        record.finish_trial(sample_trial(number), config)
    run = client.get("/api/training").json()
    assert run["history"]["trials"] == ["trial_000", "trial_001"]
    assert run["config"]["max_trials"] == 2
    assert run["finished"] is False
    assert client.get("/api/trials/trial_001").json()["trial_id"] == "trial_001"
    told = client.get("/api/trials/trial_000/against/trial_001").json()
    assert (told["first"], told["second"]) == ("trial_000", "trial_001")
    assert {"first", "second", "change", "interval"} == set(told["losses"]["total"])
    assert told["differences"] is None, "the prompts of these trials were never written"
    assert len(run["history"]["held_out_coverage"]) == 2
    assert client.get("/api/trials/trial_009").status_code == 404


def test_what_is_asked_for_wrongly_is_named(client: TestClient) -> None:
    answer = client.post("/api/training", json={"max_trials": 0})
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", "max_trials"]


def test_the_api_describes_itself(client: TestClient) -> None:
    paths = client.get("/api/openapi.json").json()["paths"]
    assert {"/api/training", "/api/pairs/{pair_id}", "/api/jobs/{job_id}/stop", "/api/events"} <= set(paths)
    assert all(one.get("description") for path in paths.values() for one in path.values())


def test_a_run_with_models_from_elsewhere_goes_on_with_these_named(
    client: TestClient, workspace: Workspace
) -> None:
    config = TrainingConfig(roles=ModelRoles(lm="openai/writer", judge_lm="measured"))
    RunRecord(workspace.tree).begin(config, "0" * 16)
    outside = client.get("/api/training").json()["outside"]
    assert outside == {"lm": "openai/writer"}
    job = client.post("/api/training/resume", json=outside).json()
    request = workspace.tree.read_json(f"jobs/{job['job_id']}/request.json")
    assert request["arguments"] == ["compile", "--resume", "--lm=openai/writer", "--json"]
    client.post(f"/api/jobs/{job['job_id']}/stop")
