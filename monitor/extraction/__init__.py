"""What a hit says: entities, figures with who said them. Pure."""
