"""Singular and plural of words that an office writes, as people type them: with and without accents."""

_TABLE = """
    unidad/unidades universidad/universidades actividad/actividades autoridad/autoridades entidad/entidades
    especialidad/especialidades comunidad/comunidades municipalidad/municipalidades necesidad/necesidades
    responsabilidad/responsabilidades modalidad/modalidades facultad/facultades red/redes sede/sedes solicitud/solicitudes
    taller/talleres director/directores profesor/profesores titular/titulares escolar/escolares celular/celulares
    lugar/lugares hogar/hogares familiar/familiares auxiliar/auxiliares particular/particulares deber/deberes
    mayor/mayores menor/menores superior/superiores labor/labores valor/valores error/errores poder/poderes
    examen/exámenes imagen/imágenes joven/jóvenes volumen/volúmenes orden/órdenes resumen/resúmenes régimen/regímenes
    origen/orígenes margen/márgenes dictamen/dictámenes gravamen/gravámenes plan/planes bien/bienes fin/fines almacén/almacenes
    resolución/resoluciones sesión/sesiones comisión/comisiones institución/instituciones pensión/pensiones opinión/opiniones
    reunión/reuniones región/regiones razón/razones galón/galones camión/camiones
    juez/jueces directriz/directrices matriz/matrices vez/veces voz/voces luz/luces lápiz/lápices raíz/raíces
    legal/legales local/locales regional/regionales general/generales oficial/oficiales profesional/profesionales
    personal/personales mensual/mensuales anual/anuales material/materiales papel/papeles nivel/niveles móvil/móviles
    perfil/perfiles fiscal/fiscales vial/viales rol/roles control/controles
    mes/meses interés/intereses país/países autobús/autobuses
    ley/leyes inglés/ingleses rey/reyes
    documento/documentos oficio/oficios informe/informes expediente/expedientes nombre/nombres padre/padres docente/docentes
    clase/clases base/bases serie/series calle/calles parte/partes detalle/detalles
    currículo/currículos comité/comités menú/menús espíritu/espíritus tribu/tribus ticket/tickets kit/kits taxi/taxis
    carácter/caracteres análisis/análisis lunes/lunes virus/virus
"""

PAIRS = [tuple(pair.split("/")) for pair in _TABLE.split()]
