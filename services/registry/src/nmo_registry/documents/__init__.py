"""Documents that admit to work: certificates, accreditations, protocols. Cycles start from them."""
