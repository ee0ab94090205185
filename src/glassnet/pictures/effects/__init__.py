"""How a model's predictions depend on its columns."""
