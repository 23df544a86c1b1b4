"""main.py PROGRAM smtp|files [DATABASE_URL]: one journey, by a mail server or as files, on one engine."""

import subprocess
import sys
import tempfile
from pathlib import Path

import post as mail
import secrecy
from journey import Journey
from program import Program
from troubles import troubles


def main(path, way, database_url=""):
    with tempfile.TemporaryDirectory() as directory:
        directory = Path(directory)
        (directory / "data").mkdir()
        server = mail.Server(directory) if way == "smtp" else None
        settings = server.settings() if server else {}
        program = Program(path, directory, database_url, PLENARIA_RETENTION_DAYS="30", **settings)
        post = server or mail.Files(directory)

        def dump():
            command = ["pg_dump", "--inserts", database_url] if database_url else ["true"]
            return subprocess.run(command, check=True, capture_output=True).stdout

        if server:
            server.start()
        program.start()
        try:
            secrecy.answers_alike(program)
            journey = Journey(program, post)
            journey.seats()
            journey.confirming()
            secrecy.erasing(program, dump)
            Journey(program, post).reminding()
            if server:
                program.restart()
                troubles(program, server)
            secrecy.retaining(program, dump)
        finally:
            program.stop()
            if server:
                server.stop()
        unexpected = [line for line in program.log().splitlines() if " ERROR " in line]
        assert not unexpected, unexpected


if __name__ == "__main__":
    main(*sys.argv[1:])
