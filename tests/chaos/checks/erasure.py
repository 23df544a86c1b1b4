"""Checks that nothing personal is left of people who were erased, in any table and in the program's logs."""

import re

# Everything personal that a caller sends contains this name of the person.
PERSON = re.compile(rb"person-\d+-\d+(?!\d)")
HEXADECIMAL = re.compile(rb"\\x([0-9a-f]{20,})")


def people_in(text):
    """The names of people in a text, also where PostgreSQL writes bytes in hexadecimal."""
    found = set(PERSON.findall(text))
    for digits in HEXADECIMAL.findall(text):
        found |= set(PERSON.findall(bytes.fromhex(digits[:len(digits) // 2 * 2].decode())))
    return {name.decode() for name in found}


def erased_people(registrations, rows):
    """The people of whom nothing may be left: all that they ever sent was acknowledged, and all their registrations are erased."""
    erased = {row["id"] for row in rows if row["erased_at"] is not None}
    gone, kept = set(), set()
    for id, operations in registrations.items():
        (gone if id in erased else kept).add(operations[0].email.split("@")[0])
    kept |= {row["email"].split("@")[0] for row in rows if row["email"]}
    return gone - kept


def check(tables, erased):
    """`tables`: the whole content of each table, as bytes, by name; `erased`: the people of whom nothing may be left."""
    return [f"{sorted(left)[:5]} were erased, and are still in {table} ({len(left)} people)"
            for table, content in tables.items() if (left := people_in(content) & erased)]


def check_log(name, content):
    """No address and no name is written to the logs at all."""
    return [f"the log {name} has data of {sorted(people)[:5]}" for people in [people_in(content)] if people]
