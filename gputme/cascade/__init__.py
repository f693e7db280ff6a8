"""What passes between the tissues of a body: cells that enter vessels, are carried, held, and come out. These
are few, so it is all computed on the host."""
