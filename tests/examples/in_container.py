"""A drill in a container, by Testcontainers; the code under test is httpx, and reports any failure."""

import json

import httpx
from testcontainers.core.container import DockerContainer
from testcontainers.core.waiting_utils import wait_for_logs

CONTROL, FIRST, LAST = 8665, 8666, 8669
PORTS = (CONTROL, *range(FIRST, LAST + 1))
TOKEN = "a-token-of-this-test"

box = DockerContainer("ssedrill").with_env("SSEDRILL_TOKEN", TOKEN).with_exposed_ports(*PORTS)
with box:
    wait_for_logs(box, '"control"')
    host = box.get_container_host_ip()
    url = f"http://{host}:{box.get_exposed_port(CONTROL)}"
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {TOKEN}"}, trust_env=False) as api:
        drill = api.post("/drills", json={"scenario": "reset-mid-stream", "dialect": "eventsource"}).json()
        told = f"/drills/{drill['id']}/shown"
        try:
            with httpx.stream("GET", f"http://{host}:{box.get_exposed_port(drill['port'])}{drill['path']}") as answer:
                for line in answer.iter_lines():
                    if line.startswith('data: {"text"'):
                        api.post(told, json={"text": json.loads(line[6:])["text"]})
            end: dict[str, object] = {"complete": True}
        except httpx.HTTPError as error:
            end = {"error": {"class": type(error).__name__, "message": str(error)}}
        found = api.post(told, json=end).json()
        print(f"{found['verdict']}: {found['outcome']}")
