"""What people are called: pools of given and family names, with the spellings that break exports."""

from __future__ import annotations

import unicodedata


def _pool(words: str, *of_two_words: str) -> tuple[str, ...]:
    return (*words.split(), *of_two_words)


GIVEN = _pool(
    """
    Aaliyah Aarav Abigail Adam Adrián Agnieszka Aiden Aisha Alejandro Alexander Alice Amélie Amir Ana Andrés
    André Anaïs Angela Anna Antonio Aria Ava Beatriz Benjamin Björn Camila Carlos Caroline Charlotte Chloé
    Christopher Claire Daniel Darnell David DeShawn Diego Dmitri Dylan Ebony Elena Elías Elijah Élodie Emily
    Emma Esperanza Ethan Fatima Felix François Gabriel Grace Hannah Harper Hassan Henry Imani Inés Isaac
    Isabella Itzel Jacob Jada James Jasmine Jayden Jesús Jin João John José Joshua Julia Kamala Kayla Keisha
    Kenji Kevin Khadija Kiara Krzysztof Laila Laura Leïla Leo Liam Lily Linh Logan Lucas Lucía Łucja Łukasz Luna
    Madison Malik Marcus María Mason Mateo Maya Mei Mia Michael Mila Mohammed Nadia Nathan Nia Nicolás Noah Noor
    Nora Oliver Olivia Omar Owen Priya Quinn Rachel Rafael Ravi Renée Rosa Ryan Saanvi Samuel Santiago Sara Sean
    Seán Siobhán Sebastián Sofía Søren Sophia Tamika Thảo Theodore Thomas Tiana Tomáš Tyrone Valentina Victoria
    Wei William Xavier Ximena Yara Yusuf Zachary Zainab Zara Zoë Zoran Jean-Luc Anne-Marie Da'Quan D'Andre
    """,
    "Mary Ann",
)

FAMILY = _pool(
    """
    Abdi Adams Aguilar Ahmed Ali Álvarez Anderson Ångström Bailey Baker Begum Bell Bennett Bianchi Brown Bùi
    Campbell Carter Castillo Castro Chávez Chen Choi Clark Coleman Collins Contreras Cooper Cox Cruz Davis
    Delgado Diallo Díaz Đặng Dubois Edwards Espinoza Evans Fernández Fischer Flores Foster Francis Fuentes
    García Garza Gómez Gonçalves González Gray Green Guerrero Gupta Gutiérrez Hall Hansen Harris Hayes Hernández
    Herrera Hill Hoàng Howard Huang Hughes Ibáñez Ibrahim Jackson Jenkins Jiménez Johansson Johnson Jones Kaur
    Kelly Khan Kim King Kowalski Kumar Lê Lee León Lewis Li Lim Liu Long López Martin Martínez Medina Mehta
    Méndez Mendoza Mitchell Mohamed Molina Moore Morales Moreno Morgan Morris Müller Muñoz Murphy Nakamura
    Navarro Nelson Nguyễn Novák Núñez Obi Okafor Olsen Ortega Ortiz Osman Owens Özdemir Park Parker Patel Peña
    Pérez Perry Peterson Phạm Phillips Popov Powell Price Quiñones Ramírez Ramos Reed Reyes Richardson Rivera
    Roberts Robinson Rodríguez Rogers Rojas Romero Rossi Ruiz Russell Salazar Sánchez Sanders Sandoval Santos
    Sato Schröder Scott Sharma Silva Singh Smith Soto Stewart Suárez Šimůnek Tanaka Taylor Thomas Thompson
    Torres Trần Turner Vargas Vásquez Vega Walker Wang Ward Washington Watson White Williams Wilson Wiśniewski
    Wong Wood Wright Wu Yang Young Zamora Zhang Ødegaard O'Brien O'Neill D'Angelo Smith-Jones Doğan
    """,
    "García Márquez",
    "de la Cruz",
    "van der Berg",
    "St. James",
)

SCHOOLS = _pool(
    """
    Lincoln Washington Jefferson Roosevelt Franklin Douglass Tubman Carver Chávez Parks Whitman Audubon Madison
    Monroe Hamilton Edison Curie Einstein Keller Thurgood Riverside Lakeview Hillcrest Oakwood Maplewood Cedar
    Evergreen Sunrise Valley Prairie Northgate Southport Eastlake Westfield Highland Meadowbrook Brookside
    Fairview Greenwood Harbor
    """,
)

# Letters that Unicode does not take apart into a base letter and a mark.
_WHOLE = str.maketrans("ŁłØøĐđßÆæ", "LlOoDdsAa")


def fold(text: str) -> str:
    """Bring a name to plain ASCII letters, as an older system or an email address spells it."""
    apart = unicodedata.normalize("NFKD", text.translate(_WHOLE))
    return apart.encode("ascii", "ignore").decode("ascii")


def slug(text: str) -> str:
    """Bring a name to what stands in an email address."""
    return "".join(letter for letter in fold(text).lower() if letter.isalnum())
