"""Facts computed again from the bytes of their files; the modules beside it judge texts."""
