"""gputme: the tumour microenvironment and metastasis, simulated on a GPU or a laptop."""
