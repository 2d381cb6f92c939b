"""What a plan means, for people: tables for a summary, and their drawing in a terminal."""
