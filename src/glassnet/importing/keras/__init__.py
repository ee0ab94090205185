"""From a `.keras` archive to layers."""
