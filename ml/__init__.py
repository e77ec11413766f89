"""The network's side: data, networks, training, evaluation, prediction. Imports no Django."""
