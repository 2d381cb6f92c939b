"""Geography: distances over land and by sea, and the cities, ports and border crossings of the world."""
