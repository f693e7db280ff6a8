"""Who is there: cells listed and counted on the device."""
