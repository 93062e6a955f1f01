"""Operations of people between runs: approve, undo, replay, switch sources, past rosters, self-check, notifications."""
