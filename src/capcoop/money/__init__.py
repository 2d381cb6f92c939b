"""Money: fund, credit and insurance; what enterprises, society and governments gain, and the terms on which all of them do."""
