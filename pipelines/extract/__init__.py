"""extract: a source's delivery for a run, landed and proved whole."""
