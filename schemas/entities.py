"""The roster's entities in the order of their references: a class needs its school, an enrollment both its ends."""

ENTITIES = ("schools", "terms", "courses", "classes", "users")  # each with an id of its own
ALL = (*ENTITIES, "enrollments")
