"""Operations: whatever is too long for one request, done item by item and looked at meanwhile."""
