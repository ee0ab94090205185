"""The protocols of others that a service speaks: the Open Inference Protocol, and that of MLflow."""
