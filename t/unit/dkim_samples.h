/*
 * dkim_samples: private keys for tests, made with openssl(1) for nothing else.
 *
 * Thread safety: constants. Limits: none. Tests: t/unit/dkim_key.c and others.
 */
#ifndef DKIM_SAMPLES_H
#define DKIM_SAMPLES_H

/* clang-format off */
static const char rsa768_pkcs1[] =
    "-----BEGIN RSA PRIVATE KEY-----\n"
    "MIIBywIBAAJhAMEcntg1a15ymeP85tvwMkFyAV57KoCJDSEok6JoRBQDaCaf/Vrv\n"
    "m6FBS9SqaFum7W+3etEFswrjq+nvJmhYNLDHZvnZ6xlRYXH/sP4Q/84/G8kPUZzQ\n"
    "S8eIwrJkCHYE2QIDAQABAmEApLZfujSeNvnyzuaYlsIia3XtOwQ89VNwknbErgLX\n"
    "Bmb9f+x4sgarrPg/0M3ko0AVyubmA00pZ7L81jINEVJRXjBAcvYMRa/7WZzfePF8\n"
    "GIIhWAtKUWzIsm5V5nWpWnANAjEA8SfYBKDBhddPpyVdqQTg5+Peg4J5pXdWSH0t\n"
    "nKPzSkY9mEZ/sScRrXYEkeD25TiDAjEAzP+yW/nUmFTglxPxHZi738eioAOz10aN\n"
    "+BSJQwDYK3IbUJsV6Ea0HOhrlpU7hjZzAjBpvj/hn5/cEVJzB1ZvY50+8VNDtTWk\n"
    "EZT7CjCy680ld3FQ0TDyvB/rQMG2Ob/pOQMCMQDD8K7ZTN0QUShuHwh64o7IoTdm\n"
    "vMM7w9tUwMRF/9ufAyzqiaGR52qmqtyTDMbdTNMCME0urxLqvPF0n38Y7Ys4Qf11\n"
    "q5lxgPIrJjwexKQlrbrKphxvFc5+kBx1MxANOURu1Q==\n"
    "-----END RSA PRIVATE KEY-----\n";

static const char rsa1024_pkcs1[] =
    "-----BEGIN RSA PRIVATE KEY-----\n"
    "MIICXAIBAAKBgQDOFRJ0jOpbUr+Q3LdRtnIxShd6MgXzYSIHtFcWewV9Vg/MR+zy\n"
    "TgYVETS3J1B04nhuwWrfCwHZ3qbrrla9Cbn3R6UfvCecUItBHLpBoDPUI0DhVnY8\n"
    "pw1UUapGaGPc0szEGU+an1BZkt5L/4DxkEe+p8HfvwUYJHIIdR6BmZ1ypwIDAQAB\n"
    "AoGBAILMpRYMioLEFopfTIs0fW4DVLteHKDIucyiDdRa6LUQdp512FJCa2HbtdW5\n"
    "wjstsrq5UJeYaOhbhR55XNxG3ByOGyJ5A4WcTozTgjkqohAjQeDY0qD8+wbCZHyB\n"
    "avOgdWydaQgSYXCFp3Td1Hkkpg2mMVbJKYO3r+R/GIMNrl2hAkEA/KyNn5lbjodo\n"
    "6XsC4bBR9Ep0oyH/G3g1Iik6zuiWt24v+JU7EHZLBR3zlJ18AyumPKEurLZFvw+X\n"
    "kZHUTiJJwwJBANDLhEaEREEweDPxM+HrNMCjVsx3jkTt8buCh3bfUGBK7VM7x5ij\n"
    "7d3udqoydsAltO/GPXN/NwaoZ0tOoIE2gU0CQBdy5AnFr6uAgYn5coEDXfev2Tcy\n"
    "dnxUIYo0DVMaXrJTNXx6TOrwL3IgH3TRUKryqBDEXJKGr95VUhmeUPeXUwUCQD7e\n"
    "6WeqcDsI80kAulSu1GWlSX+sCGTtGTsTJONAfx1fsnK7r3Bg/EE1ivnY1DUrpX4F\n"
    "vX9HsTQKBYCBnocJ+IkCQAHztRuTS/psSvEJHrp1xOJFBWNcwYcPNn2yKQHEzrG/\n"
    "TCDL361nMrX2ejhpB8AgjXai7NqLRUIzIRqV8Tdd+6A=\n"
    "-----END RSA PRIVATE KEY-----\n";

static const char rsa1024_pkcs8[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIICdgIBADANBgkqhkiG9w0BAQEFAASCAmAwggJcAgEAAoGBAM4VEnSM6ltSv5Dc\n"
    "t1G2cjFKF3oyBfNhIge0VxZ7BX1WD8xH7PJOBhURNLcnUHTieG7Bat8LAdnepuuu\n"
    "Vr0JufdHpR+8J5xQi0EcukGgM9QjQOFWdjynDVRRqkZoY9zSzMQZT5qfUFmS3kv/\n"
    "gPGQR76nwd+/BRgkcgh1HoGZnXKnAgMBAAECgYEAgsylFgyKgsQWil9MizR9bgNU\n"
    "u14coMi5zKIN1FrotRB2nnXYUkJrYdu11bnCOy2yurlQl5ho6FuFHnlc3EbcHI4b\n"
    "InkDhZxOjNOCOSqiECNB4NjSoPz7BsJkfIFq86B1bJ1pCBJhcIWndN3UeSSmDaYx\n"
    "Vskpg7ev5H8Ygw2uXaECQQD8rI2fmVuOh2jpewLhsFH0SnSjIf8beDUiKTrO6Ja3\n"
    "bi/4lTsQdksFHfOUnXwDK6Y8oS6stkW/D5eRkdROIknDAkEA0MuERoREQTB4M/Ez\n"
    "4es0wKNWzHeORO3xu4KHdt9QYErtUzvHmKPt3e52qjJ2wCW078Y9c383BqhnS06g\n"
    "gTaBTQJAF3LkCcWvq4CBiflygQNd96/ZNzJ2fFQhijQNUxpeslM1fHpM6vAvciAf\n"
    "dNFQqvKoEMRckoav3lVSGZ5Q95dTBQJAPt7pZ6pwOwjzSQC6VK7UZaVJf6wIZO0Z\n"
    "OxMk40B/HV+ycruvcGD8QTWK+djUNSulfgW9f0exNAoFgIGehwn4iQJAAfO1G5NL\n"
    "+mxK8QkeunXE4kUFY1zBhw82fbIpAcTOsb9MIMvfrWcytfZ6OGkHwCCNdqLs2otF\n"
    "QjMhGpXxN137oA==\n"
    "-----END PRIVATE KEY-----\n";

static const char rsa2048_pkcs1[] =
    "-----BEGIN RSA PRIVATE KEY-----\n"
    "MIIEowIBAAKCAQEAnti4eD3JNecE7y5+SYxQ/m7F1f90Du2haoIA/7peNaIUwJVW\n"
    "qP8SJTP2FF/rQkhYRAHujobPeJOH3TDUsSMPCaoI/g2bR8jb11FLQOduFKNXAKmg\n"
    "J5M84nojtXehQHCPDB5H3BX4gMBV69kPJ+VzPh1q7I9A8yDHLmIATbxpFdZ2X9mY\n"
    "/tPL+gI7xPa3FJr1nerxen7ZmsWkvBDoV8nTDFVckdYLx1sknhoENQ1s7J9Ks7NW\n"
    "gr6G/Nf6m/Fr+BBuhEhtcme4IeNNm+ciztjLobbDvi0nPYAsf7GSNxK9pbh6lBZO\n"
    "y6j/CydE2FbbANMarp9PzDbFcwfnh2sIbmz7TQIDAQABAoIBABoO/RIytqHKXJed\n"
    "VbfclkPrKbbd0a0KRD78BUxuhzp+tK9UQHN4ZsJmKBI3GxnUUvCTLY7BpGMINtNt\n"
    "SZMmqHaiJ5f/5O+tjo0f57vFy5wEoMb5zM15PNV9ioKgVbqDzJ/FDu5Wx13dz6qh\n"
    "gPg/TrzLqCkXJiVMhQiBqMGX7VhYxDvCb03+IiPp6t+jG8YOcq4ORrRgG+HouKOx\n"
    "S2MHmWmTeAaHi2U5N+64QkNCVlwQxObh+RDWVuketSQ69UhcebuPSUD0g+IEVkfF\n"
    "MSL02aeCeszd3BUkQGg9pSsZDOY581levCVbxnlDI+2L5zavj7zi+pTM0LwVgaEZ\n"
    "/dBS/jECgYEA3cFtTczk8IM8YJg8xukqFHhfcAk5XiPyqpq8cUsHNqtWIaxQFn8j\n"
    "lG96Fit6v80hA2zn+DRGqQSg5lcVfEhMJZALri8BaOixdwMoe2hfibfpjMHrW5IP\n"
    "GJ2HbLidVzd1xVzL28P+5j3k6w44E4ygDDSXDcJyt1N/w9fBxZCsWBECgYEAt2BW\n"
    "WaZxUMrd3OZUOAox+4kKgJl5n2USByaoxckkiSWuIfjl4Jh/6/Ov/zFjigiaCX6r\n"
    "mwF4l+Zy/mlrOELs9Uxu+CeELCwuvd9Ep1A7/RiqL+Y1wp8U6lI7EQQ7Bu3qeUaN\n"
    "Qdb6eDZaY7nrtbfpcjL8hpiHPBA0HFBlTNXpS30CgYEAwPzULlAxserUgdAbnJRQ\n"
    "zc3QaQVuCrLIPpc5hnNgTMChzd5TOLDe+xBlNKQUSJWxtHR0ELsV/4QKr0t8ZFPb\n"
    "CRmqQKWh2XYg880ozvWPp6AJvjkJpgCf6LE3qXOlYsDeWquespyI2kFlVvdh8AmD\n"
    "Q/wEtbHS+h7N41eCyHhWtLECgYBvDg79mEmEDngy8eMLVVFT7njHzSrVF5bFcepA\n"
    "bkKMNJ+yv1QoovLF6P0rZbPMwszW9zniVA++nrgBz8I5fn6XSETkULpBLjjYkMC5\n"
    "O2Q5MZjQDXF9fm5iQo63DYLZ/XhFHi8qMpHZ/8DaKJzRnqHooWxB71nnTEDi7OWM\n"
    "lPgG2QKBgD0CVq9zmSjl23fc/5CPt8d4N36BLwTCNR2xKo5UF6q7cs2yCBNyvXmq\n"
    "L+0iDEfnMNYAc3B8fkoeXXpOVaThU+6sBx+X5G+xZtoFQuVCk/CilkSq1kDAjn4A\n"
    "8S4atDUCJfn83t3pVjXXmpyE2XOrmujy2c+FKAwgE7G4uXNrrR0W\n"
    "-----END RSA PRIVATE KEY-----\n";

static const char rsa2048_pkcs8[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQCe2Lh4Pck15wTv\n"
    "Ln5JjFD+bsXV/3QO7aFqggD/ul41ohTAlVao/xIlM/YUX+tCSFhEAe6Ohs94k4fd\n"
    "MNSxIw8Jqgj+DZtHyNvXUUtA524Uo1cAqaAnkzzieiO1d6FAcI8MHkfcFfiAwFXr\n"
    "2Q8n5XM+HWrsj0DzIMcuYgBNvGkV1nZf2Zj+08v6AjvE9rcUmvWd6vF6ftmaxaS8\n"
    "EOhXydMMVVyR1gvHWySeGgQ1DWzsn0qzs1aCvob81/qb8Wv4EG6ESG1yZ7gh402b\n"
    "5yLO2MuhtsO+LSc9gCx/sZI3Er2luHqUFk7LqP8LJ0TYVtsA0xqun0/MNsVzB+eH\n"
    "awhubPtNAgMBAAECggEAGg79EjK2ocpcl51Vt9yWQ+sptt3RrQpEPvwFTG6HOn60\n"
    "r1RAc3hmwmYoEjcbGdRS8JMtjsGkYwg2021JkyaodqInl//k762OjR/nu8XLnASg\n"
    "xvnMzXk81X2KgqBVuoPMn8UO7lbHXd3PqqGA+D9OvMuoKRcmJUyFCIGowZftWFjE\n"
    "O8JvTf4iI+nq36Mbxg5yrg5GtGAb4ei4o7FLYweZaZN4BoeLZTk37rhCQ0JWXBDE\n"
    "5uH5ENZW6R61JDr1SFx5u49JQPSD4gRWR8UxIvTZp4J6zN3cFSRAaD2lKxkM5jnz\n"
    "WV68JVvGeUMj7YvnNq+PvOL6lMzQvBWBoRn90FL+MQKBgQDdwW1NzOTwgzxgmDzG\n"
    "6SoUeF9wCTleI/KqmrxxSwc2q1YhrFAWfyOUb3oWK3q/zSEDbOf4NEapBKDmVxV8\n"
    "SEwlkAuuLwFo6LF3Ayh7aF+Jt+mMwetbkg8YnYdsuJ1XN3XFXMvbw/7mPeTrDjgT\n"
    "jKAMNJcNwnK3U3/D18HFkKxYEQKBgQC3YFZZpnFQyt3c5lQ4CjH7iQqAmXmfZRIH\n"
    "JqjFySSJJa4h+OXgmH/r86//MWOKCJoJfqubAXiX5nL+aWs4Quz1TG74J4QsLC69\n"
    "30SnUDv9GKov5jXCnxTqUjsRBDsG7ep5Ro1B1vp4Nlpjueu1t+lyMvyGmIc8EDQc\n"
    "UGVM1elLfQKBgQDA/NQuUDGx6tSB0BuclFDNzdBpBW4Kssg+lzmGc2BMwKHN3lM4\n"
    "sN77EGU0pBRIlbG0dHQQuxX/hAqvS3xkU9sJGapApaHZdiDzzSjO9Y+noAm+OQmm\n"
    "AJ/osTepc6ViwN5aq56ynIjaQWVW92HwCYND/AS1sdL6Hs3jV4LIeFa0sQKBgG8O\n"
    "Dv2YSYQOeDLx4wtVUVPueMfNKtUXlsVx6kBuQow0n7K/VCii8sXo/Stls8zCzNb3\n"
    "OeJUD76euAHPwjl+fpdIRORQukEuONiQwLk7ZDkxmNANcX1+bmJCjrcNgtn9eEUe\n"
    "Lyoykdn/wNoonNGeoeihbEHvWedMQOLs5YyU+AbZAoGAPQJWr3OZKOXbd9z/kI+3\n"
    "x3g3foEvBMI1HbEqjlQXqrtyzbIIE3K9eaov7SIMR+cw1gBzcHx+Sh5dek5VpOFT\n"
    "7qwHH5fkb7Fm2gVC5UKT8KKWRKrWQMCOfgDxLhq0NQIl+fze3elWNdeanITZc6ua\n"
    "6PLZz4UoDCATsbi5c2utHRY=\n"
    "-----END PRIVATE KEY-----\n";

static const char rsa4096_pkcs8[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIIJRAIBADANBgkqhkiG9w0BAQEFAASCCS4wggkqAgEAAoICAQCwFG4OYw8uUY+x\n"
    "u1Avjv6wWzLqaM927ETesp/D5BCCXvJjG/Jglhf7/W9YNozn+jzgHYIeELzrTiEq\n"
    "oHnbbAEwWOOuE8hCrLc+hhtIIVhPuUTR+xxcp+lmIzQy41dE/1o5JI0GINuFvcGx\n"
    "OiwmtkQ2DOcYlXekbEgbqawaPZUOF7gLfY5P5Kf9vHhg71NljOoQWh/aEdnBW5fu\n"
    "DT4WNbNnfxmjSVeicLvM9+6V6VPPYM7UjUT+HZhR7as8uPEZNKZ5XOxPQ4quXx94\n"
    "PXcBgJrYPwL7yEzbobuBOiz8Nv5gDR4apM9QWyS6KlMJcK8GUq0DAGUuEw6l9r0W\n"
    "xi1ixRHrifWJTYEVG0YminEu5X0XwWhjPI1j1Lyn0gIFYbiIjdJWlUvaFnaFupTG\n"
    "kT5Lf7mtXS2Cq9Oq2vfUH5owW0SXYtE5byNVm5DBVYdChuqIrVmOqIQEqMo1hc96\n"
    "YHSS6Z9ip6WZjI+ooHmXZMBjuNxUFCVKVq9YBqHXmDOpuaGb17+F3h+Md08jKqN9\n"
    "YEq+1gECkFeepBP8qg5aaalKRvgly33qf5srDnKTqkumdtBKmfS3FSVWZTXmATu8\n"
    "5p7JpJnwZW6k38alBY1yukxJC5fykC1aM31D2jW8rp3SKLUA9BYpa3u3uoce5n/O\n"
    "8gq7+ORmV/X5DJLOb7e85LTLwiy/0QIDAQABAoICAA8Q2G/bsvdUHDbpX42KLymY\n"
    "zAz5hdLXmXbykq/4qh71j8jCIeV4wjmZ8DZ8iGbq5t2IONNovDln+HeEvphzL9Da\n"
    "sjR5Vde6nn03jUsJK1y67fQHh+A3r8VA+tzlzdhF/wrHoVdmZVIWr+WBpDh1vPVg\n"
    "+j8EvvVvHGZdiK/AGCpaBjHZft1AI82WnDgzEhAs0/QtOe93OooMU74XHPpaguy2\n"
    "l9N8WYa5HaCGkD/8dGLYliniooYZsyhDbTTnYB23fw0AUengThPoaLFplO6oeddJ\n"
    "4O/5LfZW6su+Vg4IiJBgXvSJqIFoIwbYyz0SCq/AUDRjCsU79TNnHru9njGGyicY\n"
    "Ixs/hYEN9yAds+8iKay0pDJxe1OQtarHaTUp6CWmx3t9DooVBla+CyxjahWCwlYn\n"
    "/+sJXhN2btcTiZ4M6meDydTDlIHZZx8FTpKNEbH3j2G4VLxvSe7qnzs6lpCz4Vyn\n"
    "6jbSOsAP4kBYI4NdcLKumL6fdZFHbFaNssgRqkfYNfN6LJNYkstpsQUo74Cie+8D\n"
    "030kBhpGooeJ9xj1RhtfuDXQqN9dnrl/h/EtGAEVJAFm37d7lA6fC3/GZ/gNfgZT\n"
    "c616Y38PvecPCDM4wj6wcxJeMi5hll9gY9YZa1w7WEOkdZ+qOkRyRIwMwAGrrIpP\n"
    "8GqtxgpL6yWP89GiTUoJAoIBAQDrRxGVXdNWGNxtlKEDQzVKCD86Zt7c1RYMf0/2\n"
    "ys0rPFDjalrG66rj7T/LHv7kw0Mv23u+Dd3vztgt1nwiGkXhcFvT5UsV+W6Re+ly\n"
    "DC4QxIzTJ/Y9A8VXpdZ3QjejVEIBU0+JtTnWd2mveUFJbS2s9YHD0R0KNx4ltkYn\n"
    "GuFRghOs1h/fIJQgqJT8ka5YlcXBMH6MIdi2sEvAJlmYmUoyTBKnyrWwP4L4Vl4w\n"
    "TlYZdYhrgeLo3BQulSVjbu9nFkiYuAWAtfv9QzeejG8OaKYwthkOYNbRGQlNt5p6\n"
    "hDAkCz26CdDbe4FgAI0UrfwP0Qh2uY5Y7TCNu+VIUdqIkIgtAoIBAQC/lpim9et8\n"
    "t5eMXfctoYvNXiDIHO4bHYguSP/rG8U/4i6qsG/JJKXotszwVHFi1sfu6L/PnRXq\n"
    "5Sp+TH/nPihopDOe+Tji/7Cb7wysrUZxsqVmILHzDSsaxrGjT6cPsHnSCk5fo9dU\n"
    "I/9C1PqJXL8H6XHee9weg7Ke05e7x+ANOQ4GGLYcrwb+Rew0H0F58jYKaRKl6oCv\n"
    "Jc3+pfuBvdrxwgl5U5iRHxYpb2UgZt/tt8pMupqS/jUdINvzaf5gY8ZpQgE50DNI\n"
    "NLzELMSxla2JaL6/UzqfTKNddzCGJ5wS7LjBwPen1Lt45IwPcPRtGExCNzT7bS+t\n"
    "jcAkASwRAVi1AoIBAQCly/wpHOg7qONU2UMp0GeyFuOvnSR5zDNwdRr9l+ZDDIsX\n"
    "5y+3NAXF/r9QvTP0M2GaTPoDcTQvtLyEeLwbMBaEijA7vz5Nauuu2/ojI1AnAssW\n"
    "VffhAVJEtJnQiro4f7zPwEyxhyMN7jJstG78dlKUqqFaQ3dKZpL5ElyXXArh7F8/\n"
    "Edl93DBmX0Y2QdbxmAG2ZR0YVRWpj8yhyKSks4kkrpUK5v9oBymdJQfU1K8526hZ\n"
    "0jr7y3LxbKrfSiKsq3hXHn7KN/Qugfqk4OO17KsIcppvlnBrA1CaEsNqiNJ/4+gI\n"
    "vLgQoxUFeP3yT7Tr1Gs5dwNHyUXI61rkvsHYMLm1AoIBAQCq4pFAAoNLl5nF6p4p\n"
    "BjljMTz+IMfEScAIwLX7p6Z1R7ImLv9WIqkU+8+p4TfNWBO2pcVIUi2VeVhAlM1U\n"
    "nZ1/UE520oaJ+lQ1ka/1aQw3J4fdovX1+13iIS2ao9Y36UmPLgAf0Eyk0QLCQqNA\n"
    "2AfP78nQDxwT35X3knV5WVsfkC9RAsOUrA0JyaZYCzTkp0TKXlPyx0qGbqrhIn1F\n"
    "iOj7z/2RSR4A+wBSbvh9QSUkrFT1wU9UIweO9psY7wakRPpZMjVTsr+6/McOF3xN\n"
    "hVrnABV7I6pbIglouYH/dt8ABkL5FrwO53Fb8EZ5E2AA2rZSLVnFlOr82z1xH9aF\n"
    "SHUtAoIBAQDKb6x8/izVfGZsUjiqhGmfCFwxJX0VlcZQWrAiZ2dduIP0YeaYnqBx\n"
    "oWQEbqzjV/T7BHXQxYZQ8ZId3T8q0VnwdjQeWjKvUMK8+HDQa1zTOo0DitKXqJlQ\n"
    "494WqpuNuDKkS+L0NTMD3u1YO/pjXHCQO2Slu4AmhRzu35izpNjkkQKykvTHYJCw\n"
    "1ZfQ6VwXtp1z5PHTRzlpQ1xTHg5qh1KvwU9T6kYOPTkSehJglmekeZdHafiAaJlA\n"
    "PE+i84i4BGm6baLSEJ67wJYf+8OACOiq085Kk5tzM5Sici1d8bbLq66ihbmwWjU9\n"
    "jf4nO1DILNBzF81tipLitl1SC4OowOIE\n"
    "-----END PRIVATE KEY-----\n";

static const char rsa4608_pkcs8[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIIKYgIBADANBgkqhkiG9w0BAQEFAASCCkwwggpIAgEAAoICQQCRbwMFqmEWFkRj\n"
    "DkwSeVNc78Uw5LxpPqKG6y6ZWGCGgHmAtZp6508QtWdvvClurxTWRIyHE1kMN9iV\n"
    "8n9X+g58/LPqGrhgZC/i+hPsvOUUbZvBp3QY1xdh8JZL/LPF3GDdHBWKk+z2pd+M\n"
    "S80XOBMEQYfNOeOovRFtOZ7TZU+T8jrU3tHrdQ0MsMGxAMkp+6mCzEWZNuUz2pfs\n"
    "4QTo85nX2ph/wBDiCqPw9p9TegZCGOhe7qnOIx9PYI6h6G5inRGkvlKfE6aYxnmj\n"
    "YqskHcSd4TVS4UArMTXisAqW/9VqQzPscNhgEM/oJt+WZ/NibfAvhuCfrRBN3tDj\n"
    "WEMQqoIAA47hxAts1to1suloyDOo9ckjhNfcqG9MvcqqP7kck0kfs3iv2JYXtiES\n"
    "hfTJP3Pi4Ey+xQpAuKbM7TwwZPwnnz0myUEkA6465/V2+obXi7DpEMUGlWe6S2c7\n"
    "/6HQlvCyioFO/yJ784tPk70eIFVNMSKaIA0k5VfZEsmbsgy2S2730UDKm27m/09b\n"
    "IvSjPcIBQ78RtNTjIoaI1PGX+Gi6RFiArMbzym4AmB8m95PtGZN79MXgEaLeq7nh\n"
    "7jlFRj5Pm/BIRZevI3WeYWRbjubavHWrBcIe3i/k4h/dLTalpZARMfdca+edKYBC\n"
    "r9c8NcrpCYq2VU9Ncsgn3XOKG5Aw1RHkx31L07DMwQjJQnHSJqtwh32Ak8psoVWs\n"
    "gVaiWd5351z9Xpq57h5KuACfnoItXu+ZGWNww5UQpJKb0Vhn4WcCAwEAAQKCAkAc\n"
    "FTKhMnBC4pPcCNO5sYHebVJHibO0IushYGKEK+OftUlBCFBHMUk8MbtCgTQC8n30\n"
    "jhIQtzS3vkTtV4EtjNSlX+qh5vz5Z/8zNhUI3sThd/TepSYu8cHLILj0/Vv9dfui\n"
    "Vpz2QHA+hHMxVSXKOQK7DKhbgbUrTS8DR2Aa8/I04E5p8ojYjaayb6NHOZ6eo8Ds\n"
    "x+McndQOekRh8mWPUhK/8q8F5CGedG2JxyWm6eYxdzvPsQhLDM8r9bo1G3vNQQU6\n"
    "KaIso4/E6nZsjU380F66GdXBJkvMy1jbaCDzXX1pYoaxPm0Zx8VNz8vW8EW4GQCL\n"
    "POE9FB8U2lS9wbpZioNF22oIwGFwZ+CFBAI8QIRxONzZJfrE2iV7zR5IV7u3/9yR\n"
    "VK99IFVIjaWkLY9wPNHcT9P+SSFqijE/hsf0rhIhIiPLfO8QAkoCo9wzV0gj/Uql\n"
    "+nMKJ7DaVHtOhCfRlCytRwqwT7Or8RFikmSAYFRXEba/eHdx+lZVzBmHylNinJHF\n"
    "TkJQlbcxcMZD74JuCTf7EM+kLb8uHzHaEcpt2pJV0eHanOAKdQYx65I4J/OjdCyd\n"
    "7Qqw2i5qEJuAj6wg0CbzoL7TixI9uZ3cH+Yd/2XQfi22qhbuX7aboUu46T19ISuH\n"
    "tdrcXr/1fxAddDSQJPdc3VNIL5pRvlbNUxSkLQ3KzIq64SuEvtn1I4QhQK8xYEta\n"
    "LwffQsDzmshx0KBqTsfbleN9mNCDzZJTVXcI7h2VEC/g0mMkdi1wt0kx9G0YszkC\n"
    "ggEhAMkKl8Sl3fKmYUNdB8676fz9OTEiUpkobX2XTBf/b6zjFmWje7xqM0TbcSGC\n"
    "xeK6rtZanl26zjWTHz5OwuM51idCuaGcDXzsSqfygxGP71R5K1r6bIAPSTCD37oT\n"
    "VsuiFXNmdatmg1CAul3B97ow1RSHbkTE3ohVYilkjvtpYmuehUsCLXVCAz7rRx0r\n"
    "+C35eEgsEKjko+JBXMAfOyDNnJf5/H2jH7CUU6Rcnj17p2tXi7EU9tbJl968VhOl\n"
    "yThPfI6J12bttnKDJfhlT6p4K49ziRC9xMj3aE1pqGQYw2RqErxexw7/BsxaUJmb\n"
    "MY4I/IB2f7ndNF+nz69NCm2Q2bjfziqQRQ9ox1ICy8d1yccX8KCvGf3PUGWU4xi/\n"
    "R3KZywKCASEAuTDXqFgnuynM69c6VsYXMi1uvndfUgrbePd6abekfMCfnGq4nvrX\n"
    "xiDuboWfBsqaT/F2aTK860Zgz+xWd3fhxZtTvKHFxAudjexLsY52SdYhlSMFCD8k\n"
    "MyOxQxtwpz0YgNYEAmuF9BNAhMb0qoJQoOaUjFZ599+H6kdpO9KlmpqVj7Y9BSLq\n"
    "BPEdTvSTmzPEf4I3jdw8YGM2IHhL/qMTxhUWZdW2qx3gyIXUvskSPtL6BW9LkMVg\n"
    "d8GqwGLdgmbVNP080kgnP9RNDMSNL5kt8t5c+J1giPWg4Gwbbs02rk9p5goIBpvt\n"
    "YpWBC8+ekryhHJAR254VlplaXOgw4L/UxoT6JkkaZwOwPqTvSd02+EFvJBB4XQ9L\n"
    "3zezXvLuulNVAoIBIQCSRPS7DHr5CniFjHAbx7isaohr6S7zY+iVkbi5VQ2pWed3\n"
    "t4RVR2dZ19btrLnRBkYiivfh9gIGFK6MpL1CmVfoZLGulV1y4HBI1TbrVi+o5CfZ\n"
    "H45FddmoRKpINb3WlmzI82j1dbZgoef2QyO8Ab9mGkruGdZWlti+iP1GihwjdMhC\n"
    "FKmCQK8f3gp1fQIqYPFUgUr1trRN74RN++sHKNGf+S/tMPvje2eHlCNFVGwwuxdV\n"
    "lY0qJK4sThbKYLqQD7Tt9/gSWS1/D1BW808NFjWLP2IgHhHIrcjjWdY8TZALxOkw\n"
    "yDxH+uC1WZh+yd06G+uqg4zWa8ypM+z0/DZ0FQlzatITQbgdR/yM/J/K1TYjdpWK\n"
    "MxvUADvcTIEWBkUzahUCggEgaRHUGZhCmoch0+EeIWNsf7SVM41I0KSGVwCaPGbL\n"
    "9VfYdwd5zgFl8Ox4Os6nJlRG7vqBgzgdRaN9hBqECG5E8zeob8qdCRjKAF7Dp267\n"
    "oDLUhOgEj+Q7JqSmivuDk+8u+tHyHmlg69UMcwjqgd9D3bZVK7ZYpxD07TAs/ZsL\n"
    "CEeSeaIcxtBDVCB0z3omURUy9GEuIdeFje5cJFn8S/G8Y1NNjOOPK1DdWwfLZ59v\n"
    "MaPD5Nd7WR0TGX8Q4Ox23uh3KQRQwMHdOvK58HeH3yyajEQrHYc04R/zccEEY34c\n"
    "+xLlc3XXjeBj8939BHV8c6aABlObPi5X80T4puO575oHH8cMojIxv6axFSnA9fiD\n"
    "mqCNbTnHAI2QL4pLw6AzYBWtAoIBIGiTQOLtxbUL4a1w5RKaxjFxEHdN0DFVfXhp\n"
    "HbqQj5jzvPY/u6gL+LSReUigguEvoU1bzmiIFPNrOU/qD1RycwLz7dYFKboxKnwN\n"
    "CYfiH9zMirdz2X/29q8geaMEkxRK55SNApyfjplcgJhq7kNz1OBfoTucQWp5wfmw\n"
    "SmGtpxQUgItZ9YJPm3n94ujEb/LK7wLqaxWacLbpcC7X7ZYcHIC3cxiIu/fUetEw\n"
    "wwaoqIBAPeu6oZ+gfr6YA6bhVOVonaaUH2PTGy1BvOtsg8IY3+5BCcUmtRe7XSXJ\n"
    "fllgEiubpQGHfNbljGVhQS0/stKUctsbqGLC4J1jRuMq70x2SjhXDPN6TO6X3ssM\n"
    "kFVweVXK7P8T34k6koBDj6vncFUvuA==\n"
    "-----END PRIVATE KEY-----\n";

static const char ed25519_pkcs8[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIBHi49VL4f8Af4OpkKebv1ZkkuTWAdg9Eo/5GEKpyCgn\n"
    "-----END PRIVATE KEY-----\n";

static const char ed25519_encrypted[] =
    "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
    "MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAjj5nvpW8l1SgICCAAw\n"
    "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEED10dOKVeHlnTEj6q4XbgXIEQIko\n"
    "rZOyQUEPup6nA+PaeyX9xiTa3hpjcbvmoi5DEvhYAUNpfvFl5qkFR9zIQRnfLOCt\n"
    "iIfOd8RGSm5GmcnSbbk=\n"
    "-----END ENCRYPTED PRIVATE KEY-----\n";

static const char ec_pkcs8[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgBRiPwU64SaaTW/KG\n"
    "H9r4b6Mfy7lNBo5ODChhDYjFyHKhRANCAAQ01qnWv/7JlIltaCFNsgqNMD2iYbGZ\n"
    "NstRx31H4z+0lAOm8DhjO+yxwz9kh84yl8rPXpLMIg97rIo6rmjKCY3K\n"
    "-----END PRIVATE KEY-----\n";

static const char rsa1024_public[] =
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDOFRJ0jOpbUr+Q3LdRtnIxShd6"
    "MgXzYSIHtFcWewV9Vg/MR+zyTgYVETS3J1B04nhuwWrfCwHZ3qbrrla9Cbn3R6Uf"
    "vCecUItBHLpBoDPUI0DhVnY8pw1UUapGaGPc0szEGU+an1BZkt5L/4DxkEe+p8Hf"
    "vwUYJHIIdR6BmZ1ypwIDAQAB";

static const char rsa2048_public[] =
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAnti4eD3JNecE7y5+SYxQ"
    "/m7F1f90Du2haoIA/7peNaIUwJVWqP8SJTP2FF/rQkhYRAHujobPeJOH3TDUsSMP"
    "CaoI/g2bR8jb11FLQOduFKNXAKmgJ5M84nojtXehQHCPDB5H3BX4gMBV69kPJ+Vz"
    "Ph1q7I9A8yDHLmIATbxpFdZ2X9mY/tPL+gI7xPa3FJr1nerxen7ZmsWkvBDoV8nT"
    "DFVckdYLx1sknhoENQ1s7J9Ks7NWgr6G/Nf6m/Fr+BBuhEhtcme4IeNNm+ciztjL"
    "obbDvi0nPYAsf7GSNxK9pbh6lBZOy6j/CydE2FbbANMarp9PzDbFcwfnh2sIbmz7"
    "TQIDAQAB";

static const char ed25519_public[] =
    "YlAj9KjDIiQGwF/0ZrozqQbHhTLxynM5rshsXKTLVCg=";

/* the same with an exponent of 66 bits */
static const char rsa1024_public_exponent[] =
    "MIGlMA0GCSqGSIb3DQEBAQUAA4GTADCBjwKBgQDOFRJ0jOpbUr+Q3LdRtnIxShd6"
    "MgXzYSIHtFcWewV9Vg/MR+zyTgYVETS3J1B04nhuwWrfCwHZ3qbrrla9Cbn3R6Uf"
    "vCecUItBHLpBoDPUI0DhVnY8pw1UUapGaGPc0szEGU+an1BZkt5L/4DxkEe+p8Hf"
    "vwUYJHIIdR6BmZ1ypwIJAgAAAAAAAAAB";

/* an octet after the key */
static const char rsa1024_public_more[] =
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDOFRJ0jOpbUr+Q3LdRtnIxShd6"
    "MgXzYSIHtFcWewV9Vg/MR+zyTgYVETS3J1B04nhuwWrfCwHZ3qbrrla9Cbn3R6Uf"
    "vCecUItBHLpBoDPUI0DhVnY8pw1UUapGaGPc0szEGU+an1BZkt5L/4DxkEe+p8Hf"
    "vwUYJHIIdR6BmZ1ypwIDAQABAA==";

/* RSAPublicKey, without the algorithm around it */
static const char rsa1024_public_pkcs1[] =
    "MIGJAoGBAM4VEnSM6ltSv5Dct1G2cjFKF3oyBfNhIge0VxZ7BX1WD8xH7PJOBhUR"
    "NLcnUHTieG7Bat8LAdnepuuuVr0JufdHpR+8J5xQi0EcukGgM9QjQOFWdjynDVRR"
    "qkZoY9zSzMQZT5qfUFmS3kv/gPGQR76nwd+/BRgkcgh1HoGZnXKnAgMBAAE=";

static const char rsa768_public[] =
    "MHwwDQYJKoZIhvcNAQEBBQADawAwaAJhAMEcntg1a15ymeP85tvwMkFyAV57KoCJ"
    "DSEok6JoRBQDaCaf/Vrvm6FBS9SqaFum7W+3etEFswrjq+nvJmhYNLDHZvnZ6xlR"
    "YXH/sP4Q/84/G8kPUZzQS8eIwrJkCHYE2QIDAQAB";

static const char rsa4608_public[] =
    "MIICYjANBgkqhkiG9w0BAQEFAAOCAk8AMIICSgKCAkEAkW8DBaphFhZEYw5MEnlT"
    "XO/FMOS8aT6ihusumVhghoB5gLWaeudPELVnb7wpbq8U1kSMhxNZDDfYlfJ/V/oO"
    "fPyz6hq4YGQv4voT7LzlFG2bwad0GNcXYfCWS/yzxdxg3RwVipPs9qXfjEvNFzgT"
    "BEGHzTnjqL0RbTme02VPk/I61N7R63UNDLDBsQDJKfupgsxFmTblM9qX7OEE6POZ"
    "19qYf8AQ4gqj8PafU3oGQhjoXu6pziMfT2COoehuYp0RpL5SnxOmmMZ5o2KrJB3E"
    "neE1UuFAKzE14rAKlv/VakMz7HDYYBDP6CbflmfzYm3wL4bgn60QTd7Q41hDEKqC"
    "AAOO4cQLbNbaNbLpaMgzqPXJI4TX3KhvTL3Kqj+5HJNJH7N4r9iWF7YhEoX0yT9z"
    "4uBMvsUKQLimzO08MGT8J589JslBJAOuOuf1dvqG14uw6RDFBpVnuktnO/+h0Jbw"
    "soqBTv8ie/OLT5O9HiBVTTEimiANJOVX2RLJm7IMtktu99FAyptu5v9PWyL0oz3C"
    "AUO/EbTU4yKGiNTxl/houkRYgKzG88puAJgfJveT7RmTe/TF4BGi3qu54e45RUY+"
    "T5vwSEWXryN1nmFkW47m2rx1qwXCHt4v5OIf3S02paWQETH3XGvnnSmAQq/XPDXK"
    "6QmKtlVPTXLIJ91zihuQMNUR5Md9S9OwzMEIyUJx0iarcId9gJPKbKFVrIFWolne"
    "d+dc/V6aue4eSrgAn56CLV7vmRljcMOVEKSSm9FYZ+FnAgMBAAE=";
/* clang-format on */

#endif
