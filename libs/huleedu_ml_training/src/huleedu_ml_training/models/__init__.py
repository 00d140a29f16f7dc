"""The grader's three parts: latent score, probabilities of grades, decision."""
