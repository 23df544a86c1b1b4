"""The faults: what is done to the service while people use it. Each is given the stage and its own source of chance, and
returns when it is over and everything has been started again."""

import sqlite3
import time


def kill_api(stage, random):
    stage.instances[0].kill()
    time.sleep(random.uniform(0, 1.5))
    stage.instances[0].start()


def kill_one_of_two(stage, random):
    instance = random.choice(stage.instances)
    instance.kill()
    time.sleep(random.uniform(0, 2))
    instance.start()


def stop_postgresql(stage, random):
    stage.postgres.stop_at_once()
    time.sleep(stage.hold(random.uniform(0, 3)))
    stage.postgres.start()


def kill_both(stage, random):
    both = [stage.postgres.stop_at_once, stage.instances[0].kill]
    random.shuffle(both)
    for one in both:
        one()
        time.sleep(random.uniform(0, 0.2))
    time.sleep(random.uniform(0, 1.5))
    stage.postgres.start()
    stage.instances[0].start()


def freeze_postgresql(stage, random):
    stage.postgres.freeze()
    try:
        time.sleep(stage.hold(random.uniform(2, 6)))
    finally:
        stage.postgres.thaw()


def lock_database(stage, random):
    """Another process' write that does not end, as SQLite sees it: locks between connections are the same."""
    other = sqlite3.connect(stage.sqlite, timeout=10, isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        time.sleep(stage.hold(random.uniform(1, 6)))
        other.execute("ROLLBACK")
    finally:
        other.close()


def full_disk(stage, random):
    stage.disk.fill()
    try:
        time.sleep(stage.hold(random.uniform(1, 3)))
    finally:
        stage.disk.free()
    if stage.postgres:
        stage.postgres.start_if_it_ended()


def cut(proxy):
    def fault(stage, random):
        proxy(stage).cut()
        try:
            time.sleep(stage.hold(random.uniform(0.05, 2.5)))
        finally:
            proxy(stage).mend()
    return fault


FAULTS = {
    "kill-api": kill_api,
    "stop-postgresql": stop_postgresql,
    "kill-both": kill_both,
    "freeze-postgresql": freeze_postgresql,
    "lock-database": lock_database,
    "full-disk": full_disk,
    "cut-database": cut(lambda stage: stage.database_proxy),
    "cut-callers": cut(lambda stage: stage.callers_proxy),
    "kill-one-of-two": kill_one_of_two,
}
OF_ENGINE = {
    "postgresql": ["kill-api", "stop-postgresql", "kill-both", "freeze-postgresql", "full-disk", "cut-database", "cut-callers",
                   "kill-one-of-two"],
    "sqlite": ["kill-api", "lock-database", "full-disk", "cut-callers"],
}
# What the short mode tries of each engine.
SHORT = {"postgresql": ["kill-api", "stop-postgresql"], "sqlite": ["kill-api", "lock-database"]}
