"""What commands show, as text and CSV: plain data in, a string out; nothing is printed here."""
