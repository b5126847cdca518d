"""What the demo's people and the school say to each other: a course on data analytics, in Russian and English."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lead:
    """Who somebody is and what they want, as the AI notes it and as they say it themselves."""

    background: str
    query: str
    opener: str


@dataclass(frozen=True, slots=True)
class Language:
    """One language's share of the demo."""

    greeting: str  # the bot's first words; {name}
    leads: tuple[Lead, ...]
    questions: tuple[tuple[str, str], ...]  # a question, the school's answer
    welcomes: tuple[str, ...]  # the school's answer to an opener
    closers: dict[str, tuple[str, ...]]  # by band: the last words of a person
    farewells: dict[str, str]  # by band: the school's answer to them
    thanks: tuple[str, ...]
    homework: tuple[tuple[str, str], ...]  # a student's question, a mentor's answer
    spontaneous: tuple[str, ...]
    answers: tuple[str, ...]  # to whatever the operator writes


RUSSIAN = Language(
    greeting="Здравствуйте, {name}! Вы вошли на сайт школы. Если появятся вопросы о курсе, пишите прямо сюда.",
    leads=(
        Lead(
            "Бухгалтер, 12 лет стажа, Excel на уровне сводных таблиц",
            "Хочет перейти в аналитику данных и понимает, что придётся учить SQL",
            "Здравствуйте! Я бухгалтер, двенадцать лет в Excel. Реально с таким опытом дойти до аналитика за ваш курс?",
        ),
        Lead(
            "Маркетолог в интернет-магазине детских товаров",
            "Нужно считать эффективность рекламы, не дожидаясь подрядчика",
            "Добрый день. Работаю маркетологом, надоело ждать отчёты от подрядчика. Курс научит считать без него?",
        ),
        Lead(
            "Студент третьего курса экономического факультета",
            "Ищет первую стажировку, важны проекты в портфолио",
            "Привет! Учусь на экономфаке, хочу стажировку летом. Будут ли проекты, которые не стыдно показать?",
        ),
        Lead(
            "Руководитель отдела продаж, команда 8 человек",
            "Хочет обучить двух сотрудников и видеть воронку в цифрах",
            "Добрый вечер! У меня отдел продаж, хочу отправить к вам двух менеджеров. Есть условия для компаний?",
        ),
        Lead(
            "Учитель математики, вечером ученики",
            "Смена профессии, удобнее заниматься по утрам",
            "Здравствуйте, я учитель математики. Думаю сменить профессию. Можно заниматься по утрам?",
        ),
        Lead(
            "Владелец двух кофеен в Казани",
            "Хочет понимать выручку и остатки без ручных таблиц",
            "Добрый день! У меня две кофейни, всё веду в таблицах. Курс подойдёт, если я не собираюсь в аналитики?",
        ),
        Lead(
            "В декрете, до этого логистика",
            "Ищет удалённую работу с гибким графиком",
            "Здравствуйте! Я в декрете, до этого логистика. Смотрю на удалёнку. Хватит шести часов в неделю?",
        ),
        Lead(
            "Инженер-конструктор, знает MATLAB",
            "Python и визуализация для работы, корпоративный бюджет",
            "Добрый день. Конструктор, пишу на MATLAB. Интересует только блок по Python, можно взять его отдельно?",
        ),
    ),
    welcomes=(
        "Спасибо, что написали! Да, это посильно: таких людей много в каждой группе. Что рассказать подробнее?",
        "Добрый день! Да, так можно. Начните с бесплатного модуля, он занимает вечер и сразу всё прояснит.",
        "Рады знакомству! Коротко: да. Расскажите, сколько часов в неделю у вас есть?",
    ),
    questions=(
        ("Сколько стоит курс?", "48 000 ₽ целиком или 4 платежа по 12 600 ₽. Первый модуль можно пройти бесплатно."),
        ("А рассрочка без банка есть?", "Да, четыре платежа напрямую школе, без процентов и проверок."),
        ("Когда старт ближайшего потока?", "7 декабря. Вводный вебинар 5 декабря в 19:00 по Москве, запись останется."),
        ("Сколько времени в неделю нужно?", "В среднем 6–8 часов: две лекции по часу и домашнее задание."),
        (
            "Занятия в прямом эфире или в записи?",
            "Лекции в записи, разборы домашних заданий в эфире по средам. Запись доступна всегда.",
        ),
        ("Нужно ли знать программирование?", "Нет. SQL и Python даём с нуля, хватит уверенного Excel."),
        ("Какой документ я получу?", "Удостоверение о повышении квалификации, у школы есть лицензия."),
        (
            "Помогаете с работой?",
            "Разбираем резюме и проводим пробное собеседование. Трудоустройство не обещаем: это было бы нечестно.",
        ),
        ("Если не пойдёт, деньги вернёте?", "В первые 14 дней целиком, дальше за непройденные модули."),
        ("Можно оплатить от юрлица?", "Да, пришлите реквизиты, выставим счёт и закрывающие документы."),
        ("Доступ к материалам навсегда?", "Да, и обновления тоже."),
        ("Кто проверяет домашние задания?", "Наставники-практики, обычно в течение суток. Ваш будет виден в кабинете."),
        (
            "Чем вы лучше бесплатных роликов?",
            "Обратной связью: каждый проект проверяет человек и пишет, что исправить.",
        ),
        (
            "Можно посмотреть программу?",
            "Конечно: 12 недель, 5 модулей, 3 проекта. Прислать файлом или расскажу коротко?",
        ),
    ),
    closers={
        "exploring": (
            "Понятно, подумаю. Пока просто смотрю варианты",
            "Спасибо, посоветуюсь дома и вернусь",
            "Ок, изучу сайт",
            "Дороговато пока. Напишу в новом году",
        ),
        "interested": (
            "А можно программу файлом? Хочу спокойно почитать",
            "Интересно. А что именно в третьем модуле?",
            "Спасибо! Первый модуль точно пройду, дальше решу",
            "Сравниваю вас ещё с одной школой, что посоветуете?",
        ),
        "evaluating": (
            "Мне почти всё нравится. Осталось понять, успею ли я с работой. Что обычно советуете?",
            "А если я начну 7 декабря, к марту закончу?",
            "Согласую с бухгалтерией и завтра отвечу. Счёт действует сколько дней?",
            "Можно созвониться на 10 минут? Остались два вопроса",
        ),
        "ready": (
            "Беру! Куда платить?",
            "Можно оплатить сегодня? Пришлите ссылку, пожалуйста",
            "Всё, убедили. Рассрочка на четыре платежа, как оформить?",
            "Записывайте двоих. Реквизиты уже у вас на почте",
        ),
    },
    farewells={
        "exploring": "Конечно, не торопитесь. Бесплатный модуль открыт всегда.",
        "interested": "Отправили программу файлом. Третий модуль: когорты, удержание и A/B-тесты на ваших данных.",
        "evaluating": "Большинство совмещает с работой: три вечера в неделю. Счёт действует пять дней.",
        "ready": "Отлично! Ссылка на оплату в личном кабинете, доступ откроется сразу.",
    },
    thanks=("Спасибо!", "Спасибо большое, всё понятно 🙏", "Отлично, спасибо", "Понятно, спасибо", "Ок, ждём"),
    homework=(
        (
            "Не сходится сумма по месяцам, в сводной больше, чем в базе",
            "Проверьте JOIN: строка заказа размножается по позициям. Сначала агрегируйте позиции.",
        ),
        (
            "Оконная функция ругается на GROUP BY",
            "Она считается после группировки. Вынесите группировку в CTE, а окно возьмите снаружи.",
        ),
        (
            "Второй проект готов, посмотрите, пожалуйста",
            "Посмотрел: выводы отличные. Подпишите оси и уберите третий график, он повторяет первый.",
        ),
        (
            "Как посчитать возврат на рекламу по неделям?",
            "date_trunc по дате заказа, затраты сгруппируйте так же и соедините по неделе.",
        ),
        ("Где взять данные для диплома?", "Откройте открытые данные города, там есть поездки на велосипедах за 5 лет."),
        ("Опоздаю с домашкой на два дня, можно?", "Можно, сдвинул срок до пятницы."),
        (
            "А почему медиана, а не среднее?",
            "Посмотрите на распределение чеков: три оптовых заказа тянут среднее вверх.",
        ),
        (
            "Питон пишет KeyError: 'date'",
            "В файле столбец называется Date. Приведите имена: df.columns = df.columns.str.lower()",
        ),
        ("Ура, всё заработало! 🎉", "Отлично! Следующий модуль уже открыт."),
    ),
    spontaneous=(
        "Здравствуйте! Пишу по рекламе. Сколько стоит курс?",
        "Добрый день, а старт 7 декабря ещё в силе?",
        "Можно вопрос? Оплата прошла, но доступ не пришёл",
        "Подскажите, запись вебинара будет?",
        "Ещё раз здравствуйте, всё-таки иду к вам 🙂",
    ),
    answers=(
        "Спасибо за быстрый ответ!",
        "Понятно. А рассрочка точно без процентов?",
        "Отлично, тогда беру. Что дальше?",
        "Хорошо, подумаю до вечера",
        "А можно ссылку на оплату?",
        "Супер, спасибо 🙏",
        "Не совсем ясно. То есть лекции в записи?",
        "Ок, записывайте меня",
    ),
)

ENGLISH = Language(
    greeting="Hello {name}! You have signed in to the school. If you have questions about the course, just write here.",
    leads=(
        Lead(
            "Support lead at a travel start-up, good with spreadsheets",
            "Wants to move into product analytics within a year",
            "Hi! I run support at a travel start-up, all in spreadsheets. Is product analytics realistic?",
        ),
        Lead(
            "Freelance designer, no coding background",
            "Wants to understand A/B tests well enough to argue with clients",
            "Hello, designer here. I'd like to understand A/B tests properly. Is there too much code for me?",
        ),
        Lead(
            "Warehouse operations manager, 15 years of experience",
            "Looking for demand forecasting, employer pays",
            "Good morning. I manage a warehouse and need demand forecasting. Do you invoice companies?",
        ),
        Lead(
            "Biology PhD student, some R",
            "Leaving academia, needs a portfolio in six months",
            "Hi there! Finishing a biology PhD, know some R. Could I have a portfolio by summer?",
        ),
        Lead(
            "Barista and self-taught programmer",
            "First office job, worried about the price",
            "hey, i make coffee by day and learn python by night. is there any discount for people like me? :)",
        ),
        Lead(
            "Finance analyst at a bank, strong SQL",
            "Only wants the dashboards module and the certificate",
            "Hello. I already know SQL well. Can I skip straight to dashboards and still get the certificate?",
        ),
    ),
    welcomes=(
        "Thanks for writing! Yes, that works: every group has people like you. What would you like to know?",
        "Hello! Short answer: yes. The free module takes an evening and shows you whether it fits.",
        "Glad you asked. Yes, and how many hours a week could you spare?",
    ),
    questions=(
        (
            "How much is it?",
            "€520, or four payments of €135. The first module is free, so you can look before you pay.",
        ),
        ("When does the next group start?", "On December 7. There is an open webinar on December 5 at 18:00 CET."),
        ("How many hours a week?", "Six to eight: two lectures of an hour each and one assignment."),
        ("Are the lectures live?", "Lectures are recorded, reviews are live on Wednesdays and recorded too."),
        (
            "Do I need to know programming?",
            "No. SQL and Python start from zero; being at home in spreadsheets is enough.",
        ),
        ("Is there a certificate?", "Yes, after the three projects are accepted."),
        (
            "Will you find me a job?",
            "We review your CV and do a mock interview. We don't promise jobs; nobody honestly can.",
        ),
        ("What if I don't like it?", "Everything back within 14 days, later for the modules you have not started."),
        ("Can my company pay?", "Sure. Send the details and we issue an invoice."),
        ("Who checks the homework?", "Working analysts, usually within a day."),
        ("Do I keep access afterwards?", "For good, updates included."),
    ),
    closers={
        "exploring": (
            "Thanks, just looking around for now",
            "ok, let me think about it",
            "Bit pricey for me right now. Maybe next year",
        ),
        "interested": (
            "Could you send me the programme as a file?",
            "Interesting. What exactly is in module three?",
            "I'll do the free module first and then decide",
        ),
        "evaluating": (
            "I like almost everything. Can I really do it next to a full-time job?",
            "My manager wants to know how long the invoice is valid",
            "Could we talk for ten minutes? I have two questions left",
        ),
        "ready": (
            "I'm in. Where do I pay?",
            "Let's do it. Can you send the payment link today?",
            "Please sign me up for December 7, four payments",
        ),
    },
    farewells={
        "exploring": "Of course, take your time. The free module stays open.",
        "interested": "Sent the programme as a file. Module three is cohorts, retention and A/B tests.",
        "evaluating": "Most people do it next to a job, three evenings a week. The invoice is valid for five days.",
        "ready": "Great! The payment link is in your account, access opens at once.",
    },
    thanks=("Thank you!", "Perfect, thanks 🙌", "Got it", "That helps, thanks", "ok!"),
    homework=(
        ("My join doubles the revenue, any idea?", "Orders repeat per item. Aggregate the items first, then join."),
        (
            "Second project is in, could you have a look?",
            "Had a look: strong conclusions. Label the axes and drop the third chart.",
        ),
        ("Why the median here?", "Three wholesale orders pull the mean up; look at the histogram."),
        ("KeyError: 'date' again", "The column is called Date in that file. Lower-case the names first."),
        ("It works now! 🎉", "Great! The next module is open."),
    ),
    spontaneous=(
        "Hi! Saw your ad. What does the course cost?",
        "Hello, is December 7 still on?",
        "I paid yesterday but can't open module two, could you check?",
        "Quick one: will the webinar be recorded?",
    ),
    answers=(
        "Thanks for the quick reply!",
        "Makes sense. And the four payments are without interest?",
        "Great, then I'm ready. What next?",
        "Let me sleep on it",
        "Could you send me the payment link?",
        "Not sure I follow: the lectures are recorded, right?",
    ),
)

#: Names by language: first names of women, of men, last names of women, of men.
RUSSIAN_NAMES = (
    ("Анна", "Мария", "Екатерина", "Ольга", "Алёна", "Дарья", "Наталья", "Светлана", "Юлия", "Полина", "Ксения"),
    ("Иван", "Дмитрий", "Сергей", "Алексей", "Артём", "Михаил", "Павел", "Никита", "Фёдор", "Роман", "Тимур"),
    ("Соколова", "Кузнецова", "Попова", "Лебедева", "Новикова", "Морозова", "Волкова", "Зайцева", "Ким"),
    ("Смирнов", "Петров", "Васильев", "Козлов", "Фёдоров", "Егоров", "Орлов", "Гусев", "Ким", "Щербаков"),
)
ENGLISH_NAMES = (
    ("Emma", "Olivia", "Grace", "Priya", "Sofia", "Chloe", "Hannah", "Mei"),
    ("James", "Oliver", "Daniel", "Marek", "Lucas", "Ahmed", "Noah", "Tom"),
    ("Carter", "Evans", "Nowak", "Patel", "Murphy", "Lindqvist", "O'Neill", "Chen"),
    ("Carter", "Evans", "Nowak", "Patel", "Murphy", "Lindqvist", "O'Neill", "Chen"),
)

_ZALGO = "".join(letter + "\u0301\u0316\u0334\u0353\u0489" * 6 for letter in "Zalgo")

_FAMILY = "👨\u200d👩\u200d👧\u200d👦"
_SCOTLAND = "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"

#: First name, last name, and what such people write: the texts that break a careless terminal.
HOSTILE: tuple[tuple[str | None, str | None, tuple[str, ...]], ...] = (
    ("[bold red]Boss[/]", "[/]", ("[@click=app.quit]Скидка 90%[/]", "[/] [1/2] [EUR] массив[0]")),
    ("\x1b[31mRed\x1b[0m", "\x1b]0;owned\x07", ("\x1b[2J\x1b[Hочищено", "\x1b]52;c;cm0gLXJmIC8=\x07 в буфер")),
    ("Ольга\u202eанисоК", None, ("счёт_\u202efdp.exe посмотрите", "\u2066\u2067вот так\u2069 правильно?")),
    (_ZALGO, None, (f"{_ZALGO} he comes", "ок" + "\u0301" * 300)),
    (_FAMILY, "🏳️\u200d🌈", (_FAMILY * 30, f"❤️\u200d🔥👍🏽1️⃣🇷🇺{_SCOTLAND}")),
    ("\u3164", None, ("\u200b\u2060", "меня видно?")),
    (None, None, ("Без имени тоже можно?", "…")),
    ("Очень-Длинное-Имя-Которое-Не-Помещается-Ни-В-Одну-Колонку", "Фон-Заречная", ("Длин" + "но" * 900,)),
    ("محمد", "العلي", ("مرحبا، كم سعر الدورة؟ 500 €", "شكراً 👍")),
    ("李", "娜", ("你好，课程多少钱？", "谢谢！")),
    ("Robert'); DROP TABLE users;--", None, ("%s {0.__class__} ${HOME} =1+1", "<b>*жирный*</b> _курсив_ `код`")),
    ("Анна\nАдмин", "\x9b2K", ("первая\r\nвторая\rтретья\u2028четвёртая", "a\tb\tc\x00\x08\x7f\x85d")),
)
