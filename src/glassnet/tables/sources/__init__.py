"""From wherever a table is (files, standard input, a URL, a database) to one file on this machine."""
