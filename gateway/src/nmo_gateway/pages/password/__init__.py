"""«Забыли пароль?»: a code, a new password."""
