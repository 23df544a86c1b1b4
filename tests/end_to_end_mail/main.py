"""main.py PROGRAM smtp|files [DATABASE_URL]: runs the journey with mail by SMTP or as files, on one engine."""

import subprocess
import sys
import tempfile
from pathlib import Path

import mail_server
import pages
import privacy
from journey import Journey
from program import Program
from mail_outages import check_outages


def main(path, way, database_url=""):
    with tempfile.TemporaryDirectory() as directory:
        directory = Path(directory)
        (directory / "data").mkdir()
        server = mail_server.Server(directory) if way == "smtp" else None
        settings = server.settings() if server else {}
        program = Program(path, directory, database_url, PLENARIA_PERSONAL_DATA_RETENTION_DAYS="30", **settings)
        mailbox = server or mail_server.Files(directory)

        def dump():
            command = ["pg_dump", "--inserts", database_url] if database_url else ["true"]
            return subprocess.run(command, check=True, capture_output=True).stdout

        if server:
            server.start()
        program.start()
        try:
            privacy.check_equal_responses(program)
            journey = Journey(program, mailbox)
            journey.seats()
            journey.confirming()
            pages.walk(journey)
            privacy.check_erasure(program, dump)
            Journey(program, mailbox).reminding()
            if server:
                program.restart()
                check_outages(program, server)
            privacy.check_retention(program, dump)
        finally:
            program.stop()
            if server:
                server.stop()
        unexpected = [line for line in program.log().splitlines() if " ERROR " in line]
        assert not unexpected, unexpected


if __name__ == "__main__":
    main(*sys.argv[1:])
