"""«Сверка данных»: Госуслуги, the register and the portal side by side (FRM-08)."""
