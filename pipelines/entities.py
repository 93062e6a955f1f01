"""The roster's entities, in the order of their references: a class is known by its school, an enrollment by both ends."""

ENTITIES = ("schools", "terms", "courses", "classes", "users")  # each with an id of its own
ALL = (*ENTITIES, "enrollments")
