"""A small School Data Sync set for tests: a district, two schools, a department, their people and classes."""

from __future__ import annotations

from tests.delivery import Row

Files = dict[str, list[Row]]


def whole_set() -> Files:
    return {
        "orgs": [
            {"sourcedId": "D", "name": "District", "type": "district", "parentSourcedId": ""},
            {"sourcedId": "S1", "name": "North High", "type": "school", "parentSourcedId": "D"},
            {"sourcedId": "S2", "name": "South High", "type": "school", "parentSourcedId": "D"},
            {"sourcedId": "P1", "name": "Physics", "type": "Department", "parentSourcedId": "S1"},
        ],
        "academicSessions": [session("Y"), session("F")],
        "courses": [{"sourcedId": "M", "orgSourcedId": "S1", "title": "Math", "code": "101"}],
        "classes": [
            group("C1", "S1", sessionSourcedIds="F,Y", courseSourcedId="M"),
            group("C2", "P1"),
            group("C3", "S2"),
        ],
        "users": [user_row(name) for name in ("t1", "t2", "s1", "s2", "g1")],
        "roles": [
            role_row("t1", "S1", "teacher"),
            role_row("t2", "S2", "Professor"),
            role_row("s1", "S1", "student", grade="10"),
            role_row("s2", "S2", "student", grade="11"),
            role_row("g1", "S1", "guardian"),
        ],
        "enrollments": [
            seat("C1", "t1", "teacher"),
            seat("C2", "t1", "teacher"),
            seat("C3", "t2", "teacher"),
            seat("C1", "s1", "student"),
            seat("C2", "s1", "student"),
            seat("C3", "s2", "student"),
        ],
    }


def session(name: str) -> Row:
    return {"sourcedId": name, "title": f"Session {name}", "startDate": "2026-08-01", "endDate": "2027-06-01"}


def group(name: str, org: str, **more: str) -> Row:
    return {"sourcedId": name, "orgSourcedId": org, "title": f"Class {name}", "sessionSourcedIds": "F"} | more


def user_row(name: str, **more: str) -> Row:
    named = {"sourcedId": name, "givenName": f"G{name}", "familyName": f"F{name}"}
    return named | {"email": "", "username": f"{name}@x.example"} | more


def role_row(user: str, org: str, role: str, **more: str) -> Row:
    return {"userSourcedId": user, "orgSourcedId": org, "role": role, "grade": "", "isPrimary": ""} | more


def seat(group: str, user: str, role: str) -> Row:
    return {"classSourcedId": group, "userSourcedId": user, "role": role}
