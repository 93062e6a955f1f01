"""What people do between nights: undo, replay, switch sources, look back, check a district, get notified."""
