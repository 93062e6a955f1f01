"""What a row must look like: pandera models, the catalogue of row rules, and code lists. Imports nothing of ours."""
