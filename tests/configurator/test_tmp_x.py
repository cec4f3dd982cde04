import json, time, pytest, random
from pathlib import Path
from tests.factories.catalogue import *
from configurator.engine.formats.xcsp import read_xcsp
from configurator.engine.expression import Table
from configurator.selectors.choices import configure_answer, complete_answer
from configurator.services.configurations import pin_configuration, pin_configurations, PinRequest
@pytest.mark.django_db
def test_x():
    d=read_xcsp(Path('/work/shared/data/config/renault/renault_medium.xcsp.xml'))
    rnd=random.Random(1)
    doc={"format":"lot-one-release/1","product":"renault","release":"1","kind":"CONFIGURABLE","name":{"en":"R"},"currency":"EUR","quantity":{"min":1,"max":100,"step":1},"pieces":{"count":1},
     "characteristics":[{"code":c.code,"kind":"CHOICE","name":{"en":c.code},"options":[{"code":o.code} for o in c.options]} for c in d.characteristics],
     "rules":[{"code":r.code,"table":{"of":list(r.expression.of),"rows":[list(x) for x in sorted(r.expression.rows)],"allowed":r.expression.allowed}} for r in d.rules],
     "prices":{"entries":[{"code":"B","basis":"UNIT","label":{"en":"b"},"amount_minor":1000000}]+[{"code":"P"+c.code,"label":{"en":c.code},"basis":"UNIT","table":{"of":[c.code],"rows":[[o.code,rnd.randint(0,50000)] for o in c.options]}} for c in d.characteristics]},
     "materials":[],"routings":[{"code":"L","method":"MASS_CUSTOMISATION","line":"L","steps":[{"code":"A","work_centre":"L"}]}]}
    t=time.time(); r=make_release(doc); print('publish', time.time()-t, r.findings[:2], len(r.findings))
    for o in ("CHEAPEST","POPULAR"):
        t=time.time(); c=complete_answer(product="renault",choices={},now=NOW,objective=o); print('complete',time.time()-t)
    ts=[]
    ch={}
    names=[x.code for x in d.characteristics]; rnd.shuffle(names)
    for n in names[:60]:
        t=time.perf_counter(); a=configure_answer(product="renault",choices=ch,now=NOW); ts.append(time.perf_counter()-t)
        av=[k for k,v in a['characteristics'][n]['options'].items() if v['available']]
        ch[n]=rnd.choice(av)
    ts=sorted(x*1000 for x in ts); print('click ms', ts[0], ts[len(ts)//2], ts[-1])
    un=[(n,o,v['reason']) for n,x in a['characteristics'].items() for o,v in x['options'].items() if not v['available']]
    print(len(un), sum(x[2].startswith('Your other') for x in un), un[:3])
    # conflict
    for n,o,_ in un[:3]:
        t=time.perf_counter(); x=configure_answer(product="renault",choices={**ch,n:o},now=NOW); print('conflict', (time.perf_counter()-t)*1000, x['conflicts'])
    t=time.perf_counter(); out=pin_configurations(requests=[PinRequest("renault",c['choices'],1)]*200,now=NOW); print('pin 200', time.perf_counter()-t)
    import cProfile,pstats
    p=cProfile.Profile(); p.enable(); configure_answer(product="renault",choices=ch,now=NOW); p.disable(); pstats.Stats(p).sort_stats('cumtime').print_stats(25)
