"""A small tmpfs that can be filled completely and freed again."""

import errno
import os
import subprocess
import threading
import time


class Disk:
    MEGABYTES = 96

    def __init__(self, mount_point):
        self.mount_point, self.filling = mount_point, None
        self.stopping = threading.Event()
        mount_point.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", f"size={self.MEGABYTES}m,mode=0755", "plenaria-chaos", str(mount_point)]
        subprocess.run(command, check=True, capture_output=True)

    def fill(self):
        self.stopping.clear()
        self.fill_up()
        self.filling = threading.Thread(target=self.keep_full, daemon=True)
        self.filling.start()

    def fill_up(self):
        file = os.open(self.mount_point / "filling", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        try:
            for size in (1 << 20, 4096):
                try:
                    while os.write(file, bytes(size)):
                        pass
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise
        finally:
            os.close(file)

    def keep_full(self):
        # Space that the database frees is filled too.
        while not self.stopping.wait(0.05):
            self.fill_up()

    def free(self):
        if self.filling:
            self.stopping.set()
            self.filling.join()
            self.filling = None
            (self.mount_point / "filling").unlink(missing_ok=True)

    def end(self):
        self.free()
        # A process that used it may still be exiting.
        for _ in range(50):
            if subprocess.run(["umount", str(self.mount_point)], capture_output=True).returncode == 0:
                self.mount_point.rmdir()
                return
            time.sleep(0.1)
        raise OSError(f"{self.mount_point} stays mounted")


def cannot_mount(directory):
    """The reason why mounting is not possible here; `None` if it is."""
    if os.geteuid() != 0:
        return "mounting a small file system needs root"
    try:
        Disk(directory / "trial").end()
    except (OSError, subprocess.CalledProcessError) as error:
        return f"mounting a small file system failed: {error}"
    return None
