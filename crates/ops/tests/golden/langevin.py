# Writes langevin.csv: dimension, κ, and the fields of `Langevin` in their order, with mpmath at 60 digits.
#   python langevin.py > langevin.csv
import mpmath as mp

mp.mp.dps = 60
KAPPAS = "1e-12 1e-6 1e-3 0.1 1 5 14 20 29 31 40 60 100 141 142 143 200 300 1000 3000 1e4 1e5 1e6".split()

for dimension in [2, 3, 4, 5, 10, 20, 50, 61, 62, 63, 100, 200]:
    nu = mp.mpf(dimension) / 2 - 1
    for kappa in map(float, KAPPAS):
        k = mp.mpf(kappa)
        h = mp.log(mp.besseli(nu, k)) - nu * mp.log(k / 2) + mp.loggamma(nu + 1)
        a = mp.besseli(nu + 1, k) / mp.besseli(nu, k)
        slope = 1 - a**2 - (2 * nu + 1) * a / k
        curvature = -2 * a * slope - (2 * nu + 1) * (slope - a / k) / k
        fields = (k - h, k * a - h, a, 1 - a, a / k, slope, curvature)
        print(dimension, repr(kappa), *[mp.nstr(x, 17) for x in fields], sep=",")
