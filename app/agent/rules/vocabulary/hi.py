"""Hindi, in its own script and in Latin letters, mixed with English words as people type it. The verb comes last."""

from __future__ import annotations

from app.agent.rules.senses import Role
from app.agent.rules.vocabulary import Language, Terms

_TERMS: Terms = {
    Role.VERB: {
        "multiply": "double kar do, double karo, डबल करो, डबल कर दो, दुगना करो, dugna karo, दोगुना करो",
        "unset": "variable hatao, variable hata do, वेरिएबल हटाओ, वेरिएबल हटा दो, unset karo",
        "simulate": "simulate karo, simulate kar do, crash karo, crash kara do, सिमुलेट करो, सिमुलेशन करो, सिमुलेट "
        "कर दो, क्रैश कराओ, क्रैश करो, fail karo, todo, तोड़ो",
        "autoscale": "autoscale karo, autoscale kar do, autoscale kijiye, ऑटोस्केल करो, ऑटोस्केल करें, ऑटोस्केल कर "
        "दो, auto scale karo, automatic scale karo",
        "give": "do, de do, dedo, dijiye, दे दो, दीजिए, दो",
        "deploy": "deploy karna, deploy kar, chala do ek, डिप्लॉय कर, लगाओ, लगा दो, डिप्लॉय करना है, डिप्लॉय "
        "कीजिए, deploy kijiye, install karo, इंस्टॉल करो, "
        "deploy karo, deploy kar do, deploy kardo, deploy karna hai, laga do, lagao, chala do, डिप्लॉय करो, "
        "डिप्लॉय करें, डिप्लॉय कर दो, तैनात करो, तैनात करें",
        "create": "banaiye, बनाइए, create karo, create kar do, क्रिएट करो, banao, bana do, बनाओ, बना दो, बनाएं",
        "run": "chalaiye, चलाइए, run kar do, रन करो, चलाना है, chalana hai, chalao, run karo, चलाओ, चलाएं, चला दो",
        "start": "chalu kijiye, start kijiye, चालू कीजिए, वापस चालू करो, स्टार्ट कर दो, phir se chalu karo, फिर "
        "से चालू करो, wapas chalu karo, "
        "chalu karo, chalu kar do, shuru karo, shuru kar do, start karo, start kar do, चालू करो, चालू करें, "
        "शुरू करो, शुरू करें, स्टार्ट करो, शुरू कर दो, चालू कर दो",
        "stop": "band kijiye, बंद कीजिए, stop kijiye, rok dijiye, रोक दीजिए, स्टॉप करो, स्टॉप कर दो, "
        "band karo, band kar do, bandh karo, bandh kar do, roko, rok do, stop karo, stop kar do, बंद करो, "
        "बंद करें, बंद कर दो, रोको, रोक दो, रोकें",
        "restart": "restart kijiye, रीस्टार्ट कीजिए, रिस्टार्ट करो, रिस्टार्ट कर दो, restart kar, phir se start "
        "karo, दोबारा चलाओ, फिर से चलाओ, रीस्टार्ट कर, "
        "restart karo, restart kar do, restart kardo, restart karna hai, dobara chalao, phir se chalao, "
        "dobara shuru karo, रीस्टार्ट करो, रीस्टार्ट करें, रीस्टार्ट कर दो, पुनः आरंभ करें, फिर से शुरू करो, "
        "दोबारा शुरू करो, पुनरारंभ करें",
        "delete": "delete kijiye, हटा दीजिए, delete kar, uda do, उड़ा दो, saaf karo, साफ करो, remove karo, remove "
        "kar do, डिलीट कीजिए, हटाइए, "
        "hatao, hata do, mita do, mitao, delete karo, delete kar do, delete kardo, nikal do, हटाओ, हटा दो, "
        "हटाएं, मिटाओ, मिटा दो, डिलीट करो, डिलीट करें, डिलीट कर दो",
        "scale": "scale kijiye, स्केल कीजिए, kar dijiye, कर दो, करो, कर दीजिए, kijiye, करें, कीजिए, scale kar, "
        "scale karo, scale kar do, scale kardo, kar do, karo, स्केल करो, स्केल करें, स्केल कर दो",
        "raise": "badhaiye, बढ़ाइए, बढ़ा दीजिए, increase karo, badhao, badha do, बढ़ाओ, बढ़ा दो, बढ़ाएं",
        "lower": "ghataiye, कम कर दो, decrease karo, reduce karo, "
        "kam karo, kam kar do, ghatao, ghata do, कम करो, कम करें, घटाओ, घटा दो",
        "set": "set kijiye, सेट कीजिए, सेट कर दो, rakho, rakh do, रखो, रख दो, change karo, चेंज करो, "
        "set karo, set kar do, badlo, badal do, सेट करो, सेट करें, बदलो, बदल दो",
        "add": "jodiye, जोड़िए, aur jodo, और जोड़ो, और जोड़ दो, add kijiye, ऐड करो, jodo, jod do, add karo, जोड़ो, जोड़ दो",
        "need": "chahiye mujhe, chahiye hai, चाहिए मुझे, zaroorat hai, ज़रूरत है, chahiye, चाहिए",
        "update": "update kijiye, अपडेट कीजिए, upgrade karo, upgrade kar do, अपग्रेड करो, अपग्रेड कर दो, update "
        "kar, "
        "update karo, update kar do, अपडेट करो, अपडेट करें, अपडेट कर दो",
        "rollback": "rollback kijiye, रोलबैक कर दो, purane version par le jao, pichle version par le jao, pichhle "
        "version par wapas le jao, पिछले वर्ज़न पर वापस ले जाओ, पिछले वर्जन पर वापस ले जाओ, पुराने "
        "वर्ज़न पर ले जाओ, पुराने वर्जन पर ले जाओ, wapas le jao, वापस ले जाओ, रोलबैक कर, "
        "rollback karo, rollback kar do, wapas lao, पुराना वर्जन लाओ, रोलबैक करो, रोलबैक करें",
        "undo": "undo kar do, wapas kar do, वापस कर दो, pehle jaisa karo, अनडू करो, अनडू कर दो, पहले जैसा करो, "
        "वापस लो, "
        "undo karo, wapas karo, wapas le lo, पूर्ववत करो, वापस करो",
        "expose": "expose kijiye, एक्सपोज़ करो, एक्सपोज करें, एक्सपोज़ कर दो, public karo, पब्लिक करो, publish "
        "karo, "
        "expose karo, expose kar do, kholo, khol do, एक्सपोज करो, खोलो, खोल दो",
        "heal": "theek kijiye, ठीक कीजिए, sudharo, सुधारो, fix kar do, fix kijiye, फिक्स करो, फिक्स कर दो, "
        "repair karo, रिपेयर करो, theek kar, "
        "theek karo, theek kar do, thik karo, thik kar do, fix karo, ठीक करो, ठीक करें, ठीक कर दो",
        "analyze": "pata karo, पता करो, pata lagao, पता लगाओ, analyze karo, जाँचो, debug karo, dekho kyun, वजह "
        "बताओ, kaaran batao, कारण बताओ, "
        "jaanch karo, jaancho, जांच करो, जाँच करो, विश्लेषण करो",
        "export": "export kijiye, एक्सपोर्ट कर दो, export karo, export kar do, एक्सपोर्ट करो",
        "show": "dikhaiyega, दिखाइएगा, dikhana, दिखाना, dikhayein, दिखाये, show karo, शो करो, batana, बताना, "
        "dekhao, देखना है, padho, पढ़ो, do mujhe, दिखा, "
        "dikhao, dikha do, dikhaiye, batao, bata do, bataiye, dekhna hai, dekho, दिखाओ, दिखा दो, दिखाएं, "
        "दिखाइए, बताओ, बता दो, बताएं, बताइए",
        "list": "list dikhao, लिस्ट दिखाओ, लिस्ट करो, list do, list karo, soochi, सूची",
        "check": "check kijiye, चेक कर दो, चेक करें, dekhiye, देखिए, check karo, check kar do, dekh lo, चेक करो, देखो",
        "help": "madad, madad karo, मदद, मदद करो",
    },
    Role.AUX: {"should": "hona chahiye, होना चाहिए"},
    Role.ASK: {
        "hypo": "kya hoga agar, क्या होगा अगर, agar main",
        "howis": "kaisa chal raha, कैसा चल रहा, kaisa hai, कैसा है, kaise chal raha",
        "why": "kis liye, kya dikkat hai, क्या दिक्कत है, क्या समस्या है, kya problem hai, क्यूँ, क्यूं, किस "
        "वजह से, "
        "kyun, kyu, kyon, kyo, kis wajah se, क्यों, किस कारण",
        "happened": "kya hua, kya ho raha hai, क्या हुआ, क्या हो रहा है",
        "howto": "kaise karen, kaise karte hain, कैसे करें, कैसे करते हैं, कैसे करूं, kaise kiya jata hai, kaise "
        "hota hai, कैसे होता है, "
        "kaise, kaise kare, kaise karun, kaise karu, कैसे",
        "howmany": "kitne hain, कितने हैं, kitne, kitni, कितने, कितनी",
        "howmuch": "kitni, कितनी, kitna kharcha, kitna, कितना",
        "what": "kaun kaun se, कौन कौन से, konse, कौनसे, kya kya, क्या क्या, "
        "kya, kaun, kaunse, kaun se, kaunsa, क्या, कौन, कौन से",
        "anything": "sab kuch theek hai, सब कुछ ठीक है, koi dikkat, कोई दिक्कत, koi problem, कोई समस्या, sab thik "
        "chal raha hai, "
        "sab theek hai, sab thik hai, sab theek hai kya, सब ठीक है, सब ठीक है क्या",
    },
    Role.FILLER: {
        "polite": "please, plz, प्लीज़, प्लीज, ke saath, के साथ, ne, ने, wala ek, ji haan, iska, uska, mahine, "
        "महीने, is mahine, इस महीने, ho raha, hona, abhi ke liye, "
        "ko, ka, ke, ki, hai, hain, ho, mujhe, zara, abhi, wala, wale, wali, kripya, kripaya, bhai, yaar, "
        "ji, raha, rahi, rahe, hi, bhi, turant, को, का, के, की, है, हैं, हो, मुझे, ज़रा, जरा, अभी, वाला, वाले, कृपया, "
        "जी, रहा, रही, रहे, भी, करना, karna",
        "article": "mera, mere, meri, ek, yeh wala, मेरा, मेरे, मेरी",
    },
    Role.SUBJECT: {"subject": "main, hum, मैं, हम"},
    Role.NOT: {
        "prohibit": "mat, mat karo, mat karna, mat kar dena, मत, मत करो, मत करना, मत कर देना",
        "after": "nahi, nahin, नहीं",
    },
    Role.CONDITION: {
        "if": "yadi, agar, अगर, यदि",
    },
    Role.AGAIN: {
        "repeat": "ek baar aur, एक बार और, phir se karo, फिर से करो, dobara karo, दोबारा करो",
        "same": "ke liye bhi yahi karo, bhi yahi karo, ke liye bhi same karo, के लिए भी यही करो, भी यही करो, "
        "yahi karo, यही करो, same karo, waisa hi karo, वैसा ही करो",
    },
    Role.CONNECT: {
        "and": "aur, और, tatha, तथा",
        "then": "to, तो, iske baad, phir, uske baad, फिर, उसके बाद",
        "but": "lekin, लेकिन",
        "or": "ya, या",
    },
    Role.PREP: {
        "by": "aur, और",
        "between": "ke beech, ke beech mein, के बीच, के बीच में",
        "to": "tak, तक",
        "from": "se, से",
        "on": "pe, pr, par, पर",
        "in": "mein, me, में",
        "with": "ke saath, के साथ",
        "for": "ke liye, के लिए",
    },
    Role.PRONOUN: {
        "it": "iska, iske, इसका, इसके, us ko, wahi, isko, usko, ise, use, yeh, ye, woh, इसे, उसे, इसको, उसको",
        "them": "inko, unko, dono, दोनों, इन्हें",
    },
    Role.ALL: {"all": "sab, sabhi, saare, sare, sab kuch, सब, सभी, सारे, सब कुछ"},
    Role.DEGREE: {
        "+": "aur, और, extra, और ज़्यादा, zyada, aur zyada, ज़्यादा, ज्यादा, अधिक",
        "*2": "double kar do, double karo, डबल करो, डबल कर दो, दुगना करो, dugna karo, दोगुना करो, dugna kar do, "
        "double, डबल, dugna, dugni, दुगना, दोगुना",
        "/2": "aadha, aadhi, आधा",
    },
    Role.STATE: {
        "bad": "band, बंद, band hai, बंद है, gir gaya, गिर गया, crash ho gaya, crash kar gaya, crash ho raha "
        "hai, क्रैश हो गया, fail ho raha, fail ho gaya, फेल हो रहा, down, डाउन, down hai, डाउन है, "
        "kharab hai, nahi chal raha hai, नहीं चल रहा है, काम नहीं कर रहा, kaam nahi kar raha, atak gaya, "
        "kharab, band pada, crash, crash ho raha, crash kar raha, nahi chal raha, dheema, slow, खराब, क्रैश, "
        "क्रैश हो रहा, नहीं चल रहा, धीमा",
        "good": "chalu, चालू, chal raha hai, चल रहा है, theek hai, "
        "theek, thik, chal raha, chal rahe, chal rahi, ठीक, चल रहा, चल रहे",
    },
    Role.PROBLEM: {"problem": "dikkat, samasya, gadbad, problem, error, दिक्कत, समस्या, गड़बड़, त्रुटि, एरर"},
    Role.TIME: {
        "span": "is mahine, इस महीने, har mahine, हर महीने, mahine ka, महीने का",
        "future": "kal, baad mein, roz, har roz, har raat, कल, बाद में, रोज़, हर रात",
    },
    Role.GREETING: {
        "hello": "pranam, प्रणाम, namaste ji, namaste, namaskar, नमस्ते, नमस्कार",
        "thanks": "bahut dhanyavaad, bahut shukriya, बहुत धन्यवाद, thank you ji, dhanyavaad, shukriya, धन्यवाद, शुक्रिया",
    },
    Role.NOUN: {
        "cpu": "सीपीयू",
        "config": "vivaran, विवरण, configuration, details, जानकारी, jaankari",
        "env": "variable, environment variable, वेरिएबल, एनवायरनमेंट वेरिएबल",
        "metrics": "upyog, उपयोग, istemal, istemaal, इस्तेमाल, इस्तेमाल कर रहा, istemal kar raha, usage, load, खपत, "
        "use kar raha",
        "manifest": "yaml, manifest, मैनिफेस्ट",
        "secrets": "password, पासवर्ड",
        "diff": "antar, अंतर, fark, फर्क, difference",
        "failure": "kharabi, खराबी, failure, crash, क्रैश, network failure, down, fail",
        "healthreport": "health report, swasthya report, स्वास्थ्य रिपोर्ट, हेल्थ रिपोर्ट, system ki haalat, सिस्टम की "
        "हालत, poora status, पूरा स्टेटस",
        "logs": "logs, log, लॉग, लॉग्स",
        "events": "events, ghatna, ghatnayein, घटनाएं, इवेंट",
        "status": "kaisa chal raha hai, कैसा चल रहा है, haal kya hai, sthiti kya hai, stithi, kaisa chal raha, "
        "कैसा चल रहा, kaise chal raha hai, "
        "haal, halat, sthiti, kaisa, kaise hai, kaisa hai, हाल, हालत, स्थिति, कैसा, कैसा है, स्टेटस",
        "app": "application, एप, ऐप्लिकेशन, एप्लिकेशन, container, app, ऐप, सेवा, सर्विस, कंटेनर",
        "apps": "applications, एप्स, एप्लिकेशन्स, sabhi apps, apps, ऐप्स, सेवाएं",
        "replicas": "instance, instances, pods, प्रति, रेप्लिकाज़, copies, "
        "replica, replicas, copy, रेप्लिका, प्रतियां, इंस्टेंस, कॉपी",
        "memory": "मेमरी, memory, मेमोरी",
        "image": "इमेज",
        "version": "pichla version, pichle version, पिछला वर्ज़न, पिछले वर्ज़न, पुराने वर्ज़न, version, वर्ज़न, संस्करण, वर्जन",
        "cost": "kitna paisa, कितना पैसा, paisa, पैसा, paise, पैसे, bill, बिल, keemat, कीमत, budget, "
        "kharcha, kharch, खर्च, खर्चा, लागत",
        "history": "itihaas, purane version, पुराने वर्ज़न, हिस्ट्री, history, itihas, इतिहास",
        "running": "chal rahe, चल रहे, chal rahe hain, चल रहे हैं, kya kya chal raha, "
        "kya chal raha hai, kya chal raha, kya kya chal raha hai, क्या चल रहा है, क्या क्या चल रहा है",
        "help": "sahayata, सहायता, kya kya kar sakte ho, क्या कर सकते हो, aap kya kar sakte hain, "
        "madad, मदद, kya kar sakte ho, tum kya kar sakte ho",
    },
    Role.UNIT: {
        "d": "din, दिन",
        "replicas": "instance, instances, pods, प्रति, copies, copy, replica, replicas, रेप्लिका, प्रतियां, इंस्टेंस, कॉपी",
        "m": "minute, मिनट",
        "h": "ghante, ghanta, घंटे, घंटा",
        "lines": "line, lines, लाइन, लाइनें",
    },
    Role.MARK: {
        "previous": "pichla version, pichle version, purana version, purane version, पिछला वर्ज़न, पिछले वर्ज़न, "
        "पुराना वर्ज़न, पुराने वर्ज़न, पिछले वर्जन, पुराने वर्जन",
        "max": "zyada se zyada, ज़्यादा से ज़्यादा, adhiktam",
        "min": "kam se kam, कम से कम",
        "image": "image, इमेज, image se, इमेज से",
        "port": "port, पोर्ट",
        "name": "naam ki, नाम का, नाम की, ke naam se, के नाम से, naam, naam se, naam ka, नाम, नाम से",
        "last": "last, पिछले, आख़िरी, अंतिम, antim, aakhri, pichli, pichhli, आखिरी, पिछली",
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

HINDI = Language("hi", _TERMS, _NUMBERS, postposed=True, verb_last=True)
