"""Explanations as pieces of a page, before they become text or HTML, and as both."""
