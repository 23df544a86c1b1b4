"""The faults that are injected under load. Each gets the environment and its own random source, and returns when the fault
is over and everything has been restarted."""

import sqlite3
import time


def kill_api(environment, random):
    for instance in environment.instances:
        instance.kill()
    time.sleep(random.uniform(0, 1.5))
    for instance in environment.instances:
        instance.start()


def kill_one(environment, random):
    instance = random.choice(environment.instances)
    instance.kill()
    time.sleep(random.uniform(0, 2))
    instance.start()


def stop_postgresql(environment, random):
    environment.postgres.stop_at_once()
    time.sleep(environment.fault_duration(random.uniform(0, 3)))
    environment.postgres.start()


def kill_both(environment, random):
    both = [environment.postgres.stop_at_once, *(instance.kill for instance in environment.instances)]
    random.shuffle(both)
    for one in both:
        one()
        time.sleep(random.uniform(0, 0.2))
    time.sleep(random.uniform(0, 1.5))
    environment.postgres.start()
    for instance in environment.instances:
        instance.start()


def freeze_postgresql(environment, random):
    environment.postgres.freeze()
    try:
        time.sleep(environment.fault_duration(random.uniform(2, 6)))
    finally:
        environment.postgres.thaw()


def lock_database(environment, random):
    """Holds SQLite's write lock, as a hanging write of another process would."""
    other = sqlite3.connect(environment.sqlite, timeout=10, isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        time.sleep(environment.fault_duration(random.uniform(1, 6)))
        other.execute("ROLLBACK")
    finally:
        other.close()


def full_disk(environment, random):
    environment.disk.fill()
    try:
        time.sleep(environment.fault_duration(random.uniform(1, 3)))
    finally:
        environment.disk.free()
    if environment.postgres:
        environment.postgres.wait_until_running()


def cut(proxies):
    def fault(environment, random):
        for proxy in proxies(environment):
            proxy.cut()
        try:
            time.sleep(environment.fault_duration(random.uniform(0.05, 2.5)))
        finally:
            for proxy in proxies(environment):
                proxy.restore()
    return fault


FAULTS = {
    "kill-api": kill_api,
    "stop-postgresql": stop_postgresql,
    "kill-both": kill_both,
    "freeze-postgresql": freeze_postgresql,
    "lock-database": lock_database,
    "full-disk": full_disk,
    "cut-database": cut(lambda environment: [environment.database_proxy]),
    "cut-callers": cut(lambda environment: environment.callers_proxies),
    "kill-one": kill_one,
}
FAULTS_OF_ENGINE = {
    "postgresql": ["kill-api", "stop-postgresql", "kill-both", "freeze-postgresql", "full-disk", "cut-database", "cut-callers",
                   "kill-one"],
    "sqlite": ["kill-api", "lock-database", "full-disk", "cut-callers"],
}
# The faults of the short mode.
SHORT = {"postgresql": ["kill-api", "stop-postgresql"], "sqlite": ["kill-api", "lock-database"]}
