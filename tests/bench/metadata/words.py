"""What the letters are made of: people, posts, places, subjects, and paragraphs as Peru's public offices write them."""

FIRST = [
    "Yolanda", "Percy", "Maribel", "Wilber", "Flor de María", "Hernán", "Nancy", "Edwin", "Gladys", "Roger", "Lourdes", "Efraín",
    "Martha", "Zósimo", "Doris", "Víctor Raúl", "Consuelo", "Abel", "Haydée", "Teófilo", "Ruth", "Nemesio", "Esperanza", "Iván",
    "Sonia", "Óscar", "Mónica", "Fredy", "Ángela", "José Luis", "Rocío", "Ulises", "Verónica", "Jhon", "Pilar", "Eusebio",
]  # fmt: skip
LAST = [
    "Cárdenas", "Ñahui", "Huarcaya", "Zevallos", "Ticona", "Palomino", "Ccori", "Villanueva", "Apaza", "Gutiérrez", "Condori", "Alarcón",
    "De la Cruz", "Espinoza", "Llacsa", "Bustamante", "Chávez", "Ochoa", "Yauri", "Del Águila", "Portocarrero", "Mendívil", "Sulca",
    "Rengifo", "Tello", "Castañeda", "Inga", "Valdivia", "Núñez", "Arroyo", "Pacheco", "Soria", "Luján", "Quintanilla", "Ramos",
]  # fmt: skip
DEGREES = ["Lic.", "Mg.", "Dr.", "Dra.", "Prof.", "Abog.", "Ing.", "CPC.", "Econ.", "Mgtr.", ""]
HEADS = [
    "Director de la Unidad de Gestión Educativa Local N.º 08",
    "Jefa del Área de Recursos Humanos",
    "Jefe del Área de Administración",
    "Directora del Sistema Administrativo II",
    "Coordinadora de Mesa de Partes",
    "Especialista en Racionalización",
    "Jefe de la Oficina de Asesoría Jurídica",
    "Responsable del Equipo de Escalafón",
    "Presidente de la Comisión de Contrato Docente",
    "Gerente Regional de Educación",
    "Secretaria Técnica de los Procedimientos Administrativos Disciplinarios",
    "Contador General",
]
SCHOOLS = [
    "I.E. N.º 20402 Virgen de Lourdes",
    "Institución Educativa N° 6089 Jorge Basadre",
    "I.E.I. N° 331 Los Angelitos",
    "I.E.P. Santa Ana",
]
PLACES = [
    "Cañete",
    "Huaral",
    "Chincha Alta",
    "Puno",
    "Tarapoto",
    "Lima",
    "Abancay",
    "Santa Anita",
    "Villa El Salvador",
    "Ilo",
    "Jauja",
]
MONTHS = [
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
]  # fmt: skip
MOTTOES = [
    "“Año de la recuperación y consolidación de la economía peruana”",
    "«Decenio de la Igualdad de Oportunidades para Mujeres y Hombres»",
    '"Año del Bicentenario, de la consolidación de nuestra Independencia"',
]
OFFICES = [
    ["PERÚ", "Ministerio de Educación", "Unidad de Gestión Educativa Local N.º 08"],
    ["GOBIERNO REGIONAL DE PUNO", "DIRECCIÓN REGIONAL DE EDUCACIÓN PUNO"],
    ["GERENCIA REGIONAL DE EDUCACIÓN", "UGEL CHINCHA", "ÁREA DE GESTIÓN INSTITUCIONAL"],
    ["MUNICIPALIDAD PROVINCIAL DE HUARAL", "SUBGERENCIA DE EDUCACIÓN, CULTURA Y DEPORTE"],
    ["PERÚ | Ministerio de Educación | Viceministerio de Gestión Institucional"],
]
UNITS = [
    "MINEDU/VMGI-DRELM-UGEL.08-ARH", "UGEL-CH/AGI", "GRP-DREP-OAJ", "2025-GRA/GREA-UGELI-D", "DUGEL08/ADM", "MPH-SGECD", "CG/OCI",
    "UGEL.08.DIR-APP", "MINEDU/SG-OGA",
]  # fmt: skip
FIRMS = [
    ("CORPORACIÓN GRÁFICA DEL SUR S.A.C.", "GRASUR"),
    ("CONSTRUCTORA E INVERSIONES YAURI E.I.R.L.", "CIY"),
    ("SERVICIOS GENERALES LLANOS S.R.L.", "SGLL/GG"),
]
SUBJECTS = [
    "Remito relación de plazas orgánicas vacantes para el concurso público de nombramiento",
    "Solicito opinión técnica sobre el reordenamiento de horas del nivel secundaria",
    "Reprogramación de la segunda jornada de reflexión",
    "Devolución de expedientes observados por falta de resolución de contrato",
    "Pago de subsidio por luto y gastos de sepelio",
    "Requerimiento de personal de limpieza y mantenimiento para locales escolares",
    "Licencia sin goce de remuneraciones por motivos particulares",
    "Alcanzo consolidado de asistencia del mes anterior",
    "Invitación a la ceremonia por el aniversario institucional",
    "Conformidad del servicio de fotocopiado correspondiente al tercer entregable",
    "Denuncia por presunto cobro indebido de cuotas de APAFA",
    "Cumplimiento de mandato judicial",
    "Reconocimiento de tiempo de servicios a favor de personal cesante",
    "Ampliación de plazo para el registro de matrícula en el SIAGIE",
    "Designación de representantes ante el comité de gestión de recursos financieros",
    "Información sobre bienes patrimoniales dados de baja",
    "Permuta de docentes nombrados entre instituciones de la misma jurisdicción",
    "Rotación de auxiliares de educación",
    "Convocatoria a reunión técnica de coordinación con carácter obligatorio",
    "Traslado de estudiante por cambio de domicilio",
]
GREETINGS = [
    "Tengo el agrado de dirigirme a usted para saludarlo cordialmente y, a la vez, manifestarle lo siguiente:",
    "Es grato dirigirme a Ud. para expresarle mi saludo y hacer de su conocimiento que",
    "Por medio del presente me dirijo a su despacho, en relación al asunto del rubro.",
    "Me es grato saludarla a nombre de la institución que represento y comunicarle lo que sigue.",
    "Mediante el presente documento se pone de conocimiento lo actuado por esta dependencia.",
]
PARAGRAPHS = [
    (
        "Que, de la revisión efectuada al legajo personal, se advierte que el administrado acredita quince años de servicios oficiales, "
        "los cuales han sido verificados por el equipo responsable."
    ),
    (
        "El área usuaria sustentó la necesidad del servicio con la finalidad de garantizar la continuidad de las labores educativas en "
        "los locales intervenidos durante el presente ejercicio fiscal."
    ),
    (
        "En ese sentido, se exhorta a los responsables de cada institución a prever las acciones pertinentes, bajo responsabilidad "
        "funcional, conforme lo establecen los lineamientos del sector."
    ),
    "Cabe indicar que la comisión se reunirá en la sala de sesiones el 25 de noviembre de 2026, a horas 9:00 a. m.",
    "Los padres de familia manifestaron su conformidad con el cronograma propuesto, quedando pendiente la entrega de los textos.",
    "Al respecto, la Ley N.º 29944 y su reglamento disponen que el profesor tiene derecho a percibir la asignación correspondiente.",
    (
        "De acuerdo con la Resolución Viceministerial N.º 147-2023-MINEDU, publicada el 2 de diciembre de 2023, corresponde a la entidad "
        "emitir el acto resolutivo que apruebe el cuadro de horas."
    ),
    "Sobre el particular, la Oficina de Planeamiento señaló que existe disponibilidad presupuestal para atender lo requerido.",
]
CLOSINGS = [
    "Hago propicia la ocasión para reiterarle los sentimientos de mi mayor consideración y estima personal.",
    "Sin otro particular, me suscribo de usted.",
    "Es todo cuanto informo para los fines pertinentes.",
    "Agradeciendo la atención que brinde al presente, quedo de usted.",
]
FAREWELLS = ["Atentamente,", "Atte.,", "Cordialmente,", "Muy atentamente"]
