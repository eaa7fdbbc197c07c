"""What must hold in every store: each rule a function that looks at rows and says which of them break it."""
