"""Hindi, in its own script and in Latin letters, mixed with English words as people type it. The verb comes last."""

from __future__ import annotations

from app.agent.rules.senses import Role
from app.agent.rules.vocabulary import Language, Terms

_TERMS: Terms = {
    Role.VERB: {
        "deploy": "deploy karo, deploy kar do, deploy kardo, deploy karna hai, laga do, lagao, chala do, डिप्लॉय करो, "
        "डिप्लॉय करें, डिप्लॉय कर दो, तैनात करो, तैनात करें",
        "create": "banao, bana do, बनाओ, बना दो, बनाएं",
        "run": "chalao, run karo, चलाओ, चलाएं, चला दो",
        "start": "chalu karo, chalu kar do, shuru karo, shuru kar do, start karo, start kar do, चालू करो, चालू करें, "
        "शुरू करो, शुरू करें, स्टार्ट करो, शुरू कर दो, चालू कर दो",
        "stop": "band karo, band kar do, bandh karo, bandh kar do, roko, rok do, stop karo, stop kar do, बंद करो, "
        "बंद करें, बंद कर दो, रोको, रोक दो, रोकें",
        "restart": "restart karo, restart kar do, restart kardo, restart karna hai, dobara chalao, phir se chalao, "
        "dobara shuru karo, रीस्टार्ट करो, रीस्टार्ट करें, रीस्टार्ट कर दो, पुनः आरंभ करें, फिर से शुरू करो, "
        "दोबारा शुरू करो, पुनरारंभ करें",
        "delete": "hatao, hata do, mita do, mitao, delete karo, delete kar do, delete kardo, nikal do, हटाओ, हटा दो, "
        "हटाएं, मिटाओ, मिटा दो, डिलीट करो, डिलीट करें, डिलीट कर दो",
        "scale": "scale karo, scale kar do, scale kardo, kar do, karo, स्केल करो, स्केल करें, स्केल कर दो",
        "raise": "badhao, badha do, बढ़ाओ, बढ़ा दो, बढ़ाएं",
        "lower": "kam karo, kam kar do, ghatao, ghata do, कम करो, कम करें, घटाओ, घटा दो",
        "set": "set karo, set kar do, badlo, badal do, सेट करो, सेट करें, बदलो, बदल दो",
        "add": "jodo, jod do, add karo, जोड़ो, जोड़ दो",
        "need": "chahiye, चाहिए",
        "update": "update karo, update kar do, अपडेट करो, अपडेट करें, अपडेट कर दो",
        "rollback": "rollback karo, rollback kar do, wapas lao, पुराना वर्जन लाओ, रोलबैक करो, रोलबैक करें",
        "undo": "undo karo, wapas karo, wapas le lo, पूर्ववत करो, वापस करो",
        "expose": "expose karo, expose kar do, kholo, khol do, एक्सपोज करो, खोलो, खोल दो",
        "heal": "theek karo, theek kar do, thik karo, thik kar do, fix karo, ठीक करो, ठीक करें, ठीक कर दो",
        "analyze": "jaanch karo, jaancho, जांच करो, जाँच करो, विश्लेषण करो",
        "export": "export karo, export kar do, एक्सपोर्ट करो",
        "show": "dikhao, dikha do, dikhaiye, batao, bata do, bataiye, dekhna hai, dekho, दिखाओ, दिखा दो, दिखाएं, "
        "दिखाइए, बताओ, बता दो, बताएं, बताइए",
        "list": "list karo, soochi, सूची",
        "check": "check karo, check kar do, dekh lo, चेक करो, देखो",
        "help": "madad, madad karo, मदद, मदद करो",
    },
    Role.AUX: {"should": "hona chahiye, होना चाहिए"},
    Role.ASK: {
        "why": "kyun, kyu, kyon, kyo, kis wajah se, क्यों, किस कारण",
        "happened": "kya hua, kya ho raha hai, क्या हुआ, क्या हो रहा है",
        "howto": "kaise, kaise kare, kaise karun, kaise karu, कैसे",
        "howmany": "kitne, kitni, कितने, कितनी",
        "howmuch": "kitna, कितना",
        "what": "kya, kaun, kaunse, kaun se, kaunsa, क्या, कौन, कौन से",
        "anything": "sab theek hai, sab thik hai, sab theek hai kya, सब ठीक है, सब ठीक है क्या",
    },
    Role.FILLER: {
        "polite": "ko, ka, ke, ki, hai, hain, ho, mujhe, zara, abhi, wala, wale, wali, kripya, kripaya, bhai, yaar, "
        "ji, raha, rahi, rahe, hi, bhi, turant, को, का, के, की, है, हैं, हो, मुझे, ज़रा, जरा, अभी, वाला, वाले, कृपया, "
        "जी, रहा, रही, रहे, भी, करना, karna",
        "article": "mera, mere, meri, ek, yeh wala, मेरा, मेरे, मेरी",
    },
    Role.SUBJECT: {"subject": "main, hum, मैं, हम"},
    Role.NOT: {"after": "mat, mat karo, mat karna, nahi, nahin, मत, मत करो, मत करना, नहीं"},
    Role.CONDITION: {"if": "agar, अगर, यदि"},
    Role.CONNECT: {
        "and": "aur, और, tatha, तथा",
        "then": "phir, uske baad, फिर, उसके बाद",
        "but": "lekin, लेकिन",
        "or": "ya, या",
    },
    Role.PREP: {
        "to": "tak, तक",
        "from": "se, से",
        "on": "pe, pr, par, पर",
        "in": "mein, me, में",
        "with": "ke saath, के साथ",
        "for": "ke liye, के लिए",
    },
    Role.PRONOUN: {
        "it": "isko, usko, ise, use, yeh, ye, woh, इसे, उसे, इसको, उसको",
        "them": "inko, unko, dono, दोनों, इन्हें",
    },
    Role.ALL: {"all": "sab, sabhi, saare, sare, sab kuch, सब, सभी, सारे, सब कुछ"},
    Role.DEGREE: {
        "+": "zyada, aur zyada, ज़्यादा, ज्यादा, अधिक",
        "*2": "dugna, dugni, दुगना, दोगुना",
        "/2": "aadha, aadhi, आधा",
    },
    Role.STATE: {
        "bad": "kharab, band pada, crash, crash ho raha, crash kar raha, nahi chal raha, dheema, slow, खराब, क्रैश, "
        "क्रैश हो रहा, नहीं चल रहा, धीमा",
        "good": "theek, thik, chal raha, chal rahe, chal rahi, ठीक, चल रहा, चल रहे",
    },
    Role.PROBLEM: {"problem": "dikkat, samasya, gadbad, problem, error, दिक्कत, समस्या, गड़बड़, त्रुटि, एरर"},
    Role.TIME: {"future": "kal, baad mein, roz, har roz, har raat, कल, बाद में, रोज़, हर रात"},
    Role.GREETING: {"hello": "namaste, namaskar, नमस्ते, नमस्कार", "thanks": "dhanyavaad, shukriya, धन्यवाद, शुक्रिया"},
    Role.NOUN: {
        "logs": "logs, log, लॉग, लॉग्स",
        "events": "ghatnayein, घटनाएं, इवेंट",
        "status": "haal, halat, sthiti, kaisa, kaise hai, kaisa hai, हाल, हालत, स्थिति, कैसा, कैसा है, स्टेटस",
        "app": "app, ऐप, सेवा, सर्विस, कंटेनर",
        "apps": "apps, ऐप्स, सेवाएं",
        "replicas": "replica, replicas, copy, रेप्लिका, प्रतियां, इंस्टेंस, कॉपी",
        "memory": "memory, मेमोरी",
        "image": "इमेज",
        "version": "वर्जन",
        "cost": "kharcha, kharch, खर्च, खर्चा, लागत",
        "history": "itihas, इतिहास",
        "running": "kya chal raha hai, kya chal raha, kya kya chal raha hai, क्या चल रहा है, क्या क्या चल रहा है",
        "help": "madad, मदद, kya kar sakte ho, tum kya kar sakte ho",
    },
    Role.UNIT: {
        "replicas": "replica, replicas, रेप्लिका, प्रतियां, इंस्टेंस, कॉपी",
        "m": "minute, मिनट",
        "h": "ghante, ghanta, घंटे, घंटा",
        "lines": "line, lines, लाइन, लाइनें",
    },
    Role.MARK: {
        "port": "port, पोर्ट",
        "name": "naam, naam se, naam ka, नाम, नाम से",
        "last": "aakhri, pichli, pichhli, आखिरी, पिछली",
        "memory": "memory, मेमोरी",
    },
    Role.CATEGORY: {"database": "डेटाबेस", "web": "वेब सर्वर"},
    Role.CYCLE: {
        "d": "har roz, roz, har din, हर रोज़, रोज़, हर दिन",
        "night": "har raat, हर रात",
        "h": "har ghante, har ghanta, हर घंटे",
        "each": "har, हर",
    },
    Role.CLOCK: {"hour": "baje, बजे"},
}

_NUMBERS = {
    "ek": 1, "teen": 3, "chaar": 4, "char": 4, "paanch": 5, "panch": 5, "chhah": 6, "saat": 7, "aath": 8, "nau": 9,
    "das": 10, "एक": 1, "दो": 2, "तीन": 3, "चार": 4, "पांच": 5, "पाँच": 5, "छह": 6, "सात": 7, "आठ": 8, "नौ": 9, "दस": 10,
}  # fmt: skip

HINDI = Language("hi", _TERMS, _NUMBERS)
