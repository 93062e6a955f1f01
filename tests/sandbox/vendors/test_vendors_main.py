from __future__ import annotations

import subprocess
import sys

import requests


def test_the_command_prints_addresses_and_keys_that_work():
    command = [sys.executable, "-m", "sandbox.vendors", "--port", "0", "--students", "13", "--district", "one"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            lines = {}
            while "canvas_token" not in lines:
                name, _, value = process.stdout.readline().strip().partition(" ")
                lines[name] = value.strip()
            reply = requests.get(
                f"{lines['clever']}/v3.1/schools",
                headers={"Authorization": f"Bearer {lines['clever_token']}"},
                timeout=20,
            )
        finally:
            process.terminate()
    assert "one" in lines
    assert len(reply.json()["data"]) == 1
