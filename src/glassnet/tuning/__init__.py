"""Choosing hyper-parameters: a search over recipes that several processes can share and that outlives a kill."""
