"""What is predicted where: regions, and the planes they are drawn on."""
