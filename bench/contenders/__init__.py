"""Three ways to bring a night's file into the same roster tables; each module has `prepare` and `sync`."""
