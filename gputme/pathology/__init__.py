"""What a pathologist reads in a section of a tumour: regions, densities, shares, depth. Pure functions on arrays, and
`readout.Pathology`, which makes of them entries of the time series. docs/pathology.md defines each."""
