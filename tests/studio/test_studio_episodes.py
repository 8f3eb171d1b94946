"""Episodes by request: sentences with their passages, edits that two pages make, versions, files, jobs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from podcast_dspy.api import examples_folder
from podcast_dspy.generation.edits import load_episode
from podcast_dspy.store import Tree, replaced_together
from podcast_dspy.workspace import Workspace

pytestmark = pytest.mark.models  # sentences are held against the paper by meaning

PLACE = "/api/episodes/wet-salt"


def first(client: TestClient) -> dict[str, Any]:
    """The first segment."""
    segment: dict[str, Any] = client.get(PLACE).json()["segments"][0]
    return segment


def test_an_episode_comes_with_its_segments_and_the_podcast_on_the_same_axis(
    client: TestClient, episode: Path
) -> None:
    assert [one["episode_id"] for one in client.get("/api/episodes").json()] == ["wet-salt"]
    told = client.get(PLACE).json()
    assert told["audio"] == "episode.wav"
    assert told["edited"] == []
    assert told["segments"][0]["start"] == 0.0
    assert told["reference"]["pair_id"] == "wet-salt"
    assert any(term["segments"] for term in told["terms"])
    assert "plan.json" in told["files"]


def test_each_sentence_has_a_verdict_and_where_it_stands(client: TestClient, episode: Path) -> None:
    found = client.get(f"{PLACE}/checks").json()
    carried = [one for one in found if one["verdict"] == "supported"]
    assert carried
    assert carried[0]["passages"][0]["text"]


def test_an_edit_is_kept_and_the_second_page_is_told(client: TestClient, episode: Path) -> None:
    was = first(client)
    place = f"{PLACE}/segments/{was['segment_id']}"
    kept = client.put(place, json={"text": "Salt melts ice.", "was": was["text"]})
    assert kept.json()["edited"] == [was["segment_id"]]
    late = client.put(place, json={"text": "Salt is white.", "was": was["text"]})
    assert late.status_code == 409
    assert "edited elsewhere" in late.json()["error"]
    assert first(client)["text"] == "Salt melts ice."
    assert client.put(place, json={"text": " ... ", "was": "Salt melts ice."}).status_code == 422


def test_versions_differ_and_can_be_gone_back_to(client: TestClient, episode: Path) -> None:
    was = first(client)
    client.put(f"{PLACE}/segments/{was['segment_id']}", json={"text": "Salt melts ice.", "was": was["text"]})
    numbers = [one["number"] for one in client.get(PLACE).json()["versions"]]
    changes = client.get(f"{PLACE}/versions/{numbers[0]}/against/{numbers[-1]}").json()
    assert [one["kind"] for one in changes] == ["changed"]
    assert "+ Salt melts ice." in changes[0]["lines"]
    restored = client.post(f"{PLACE}/versions/{numbers[0]}/restore").json()
    assert (restored["edited"], client.get(PLACE).json()["language"]) == ([], "en")
    assert first(client)["text"] == was["text"]


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("episode.wav", 200),
        ("captions.vtt", 200),
        ("document.json", 404),
        ("versions", 404),
        ("..%2f..%2fmetadata.json", 404),
        ("episode.mp3", 404),
    ],
)
def test_only_files_to_take_home_are_served(
    client: TestClient, episode: Path, name: str, status: int
) -> None:
    answer = client.get(f"{PLACE}/files/{name}")
    assert answer.status_code == status
    if status == 200:
        assert answer.headers["content-security-policy"].startswith("sandbox")


def test_a_link_out_of_the_workspace_is_not_followed(
    client: TestClient, episode: Path, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.md"
    secret.write_text("a secret", "utf-8")
    (episode / "shownotes.md").unlink()
    (episode / "shownotes.md").symlink_to(secret)
    assert client.get(f"{PLACE}/files/shownotes.md").status_code == 404


def test_long_work_becomes_a_job_of_the_same_command(
    client: TestClient, workspace: Workspace, episode: Path
) -> None:
    job = client.post(f"{PLACE}/revoice", json={"segments": ["1"], "voice": None}).json()
    request = workspace.tree.read_json(f"jobs/{job['job_id']}/request.json")
    assert request["arguments"][:2] == ["revoice", f"--episode={episode}"]
    assert client.post(f"{PLACE}/revoice", json={"segments": ["99"]}).status_code == 404
    again = client.post(f"{PLACE}/segments/1/redo", json={"note": "--lm=evil shorter"}).json()
    request = workspace.tree.read_json(f"jobs/{again['job_id']}/request.json")
    assert "--note=--lm=evil shorter" in request["arguments"], "a note is a value, whatever it looks like"
    client.post(f"/api/jobs/{again['job_id']}/stop")


def test_a_paper_is_uploaded_under_a_name_of_ours(client: TestClient, workspace: Workspace) -> None:
    files = {"paper": ("../../.ssh/Héllo <b>.md", b"# Salt\n\nSalt melts ice.\n")}
    job = client.post("/api/episodes", files=files, data={"minutes": "1"}).json()
    arguments = workspace.tree.read_json(f"jobs/{job['job_id']}/request.json")["arguments"]
    kept = Path(arguments[-1])
    assert kept.is_relative_to(workspace.path / "uploads")
    assert kept.name == "hello-b.md"
    for name, content, address in (("a.exe", b"MZ", ""), ("a.pdf", b"", ""), ("", b"", "file:///etc/passwd")):
        given = {"paper": (name, content)} if name else None
        answer = client.post("/api/episodes", files=given, data={"address": address})
        assert answer.status_code == 422, name
    assert client.get("/api/episodes/none").status_code == 404


def test_a_passage_is_shown_on_its_page_where_the_paper_was_uploaded(
    client: TestClient, workspace: Workspace, episode: Path
) -> None:
    graph = load_episode(episode).graph
    atom = next(one.atom_id for one in graph.atoms if one.bbox[2] > one.bbox[0])
    assert client.get(f"{PLACE}/passages/{atom}").status_code == 404
    assert not any(
        one["picture"] for said in client.get(f"{PLACE}/checks").json() for one in said["passages"]
    )
    pdf = examples_folder() / "unseen" / "cache-eviction" / "paper.pdf"
    workspace.tree.write_bytes(f"uploads/{graph.sha256[:16]}/paper.pdf", pdf.read_bytes())
    shown = client.get(f"{PLACE}/passages/{atom}")
    assert shown.headers["content-type"] == "image/png"
    assert shown.content.startswith(b"\x89PNG")
    assert client.get(f"{PLACE}/passages/{atom}").content == shown.content
    assert any(one["picture"] for said in client.get(f"{PLACE}/checks").json() for one in said["passages"])
    assert client.get(f"{PLACE}/passages/none").status_code == 404


def test_speakers_and_pictures_stand_on_the_episode_s_axis(client: TestClient, episode: Path) -> None:
    told = client.get(PLACE).json()
    assert told["pictures"]
    assert {"type", "start", "end", "label"} == set(told["pictures"][0])
    assert told["segments"][0]["speakers"] == [], "one host"


def test_reading_takes_nothing_from_whoever_is_writing(client: TestClient, episode: Path) -> None:
    with Tree(episode).lock("episode"), replaced_together(episode) as staging:
        (staging / "shownotes.md").write_text("New notes.", "utf-8")
        assert client.get(PLACE).status_code == 200
        assert (staging / "shownotes.md").exists()
    assert client.get(f"{PLACE}/files/shownotes.md").text == "New notes."


def test_turns_of_a_dialogue_are_edited_as_they_are_shown(client: TestClient, episode: Path) -> None:
    was = first(client)
    place = f"{PLACE}/segments/{was['segment_id']}"
    said = "Asker: Why salt?\n\nExplainer: It melts ice."
    assert client.put(place, json={"text": said, "was": was["lines"]}).status_code == 200
    now = first(client)
    assert now["lines"] == said
    assert now["text"] == "Why salt? It melts ice."
    assert client.put(place, json={"text": f"{said} Mostly.", "was": now["lines"]}).status_code == 200
