"""OneID: identifiers are normalised, hashed with the workspace's key, linked, and resolved to persons."""
