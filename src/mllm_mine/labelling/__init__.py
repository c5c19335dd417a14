"""Labels by hand: giving them, and exchanging them with files and other tools."""
